/** Syslog over UDP: one datagram, one message. What cannot be kept is counted, by where it was lost. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import type { Clock } from '#kernel/clock.js';
import { fault } from '#kernel/errors.js';
import type { Intake } from '#kernel/ports/journal.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { normalize } from '../normalizers/normalize.js';
import { Batcher, type BatcherLimits } from './batcher.js';
import type { SourceObserver } from './observer.js';
import { contextOf, systemClock, type Placement } from './placement.js';
import { textRecord } from './text-record.js';

export interface SyslogListenOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly placement: Placement;
  readonly intake: Intake;
  readonly observer: SourceObserver;
  readonly clock?: Clock;
  readonly limits?: BatcherLimits;
}

/** Bytes asked of the kernel; it grants what `net.core.rmem_max` allows. */
const RECEIVE_BUFFER = 4 << 20;
const DROPS_EVERY_MS = 5_000;

/**
 * Losses are counted as `udp_queue_full` (the journal is behind and our queue is full), `udp_receive_buffer` (the
 * kernel dropped datagrams before we read them; known on Linux only) and `udp_stopped` (left when we stopped).
 */
export class SyslogUdpSource {
  readonly #options: SyslogListenOptions;
  readonly #clock: Clock;
  readonly #batcher: Batcher;
  #socket: Socket | undefined;
  #dropsTimer: NodeJS.Timeout | undefined;
  #drops: number | undefined;

  constructor(options: SyslogListenOptions) {
    this.#options = { ...options, placement: { format: 'syslog', ...options.placement } };
    this.#clock = options.clock ?? systemClock;
    this.#batcher = new Batcher(
      { intake: options.intake, observer: options.observer, clock: this.#clock },
      options.limits,
    );
  }

  /** The port in use, or undefined while stopped. */
  get port(): number | undefined {
    return this.#socket?.address().port;
  }

  /** Faults: `port_in_use`, `config_invalid`. */
  start(): Promise<Result<void>> {
    const { host, port, observer } = this.#options;
    const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4' });
    return new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        const problem = listenFault(error, host, port);
        observer.state('failed', problem);
        resolve(fail(problem));
      });
      socket.bind(port, host, () => {
        socket.removeAllListeners('error');
        socket.on('error', () => undefined);
        try {
          socket.setRecvBufferSize(RECEIVE_BUFFER);
        } catch {
          // A smaller buffer only loses earlier, and that is counted below.
        }
        socket.on('message', (bytes, peer) => this.#take(bytes, peer));
        this.#socket = socket;
        observer.state('running');
        void this.#countDrops();
        this.#dropsTimer = setInterval(() => void this.#countDrops(), DROPS_EVERY_MS);
        this.#dropsTimer.unref();
        resolve(ok(undefined));
      });
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#dropsTimer);
    const socket = this.#socket;
    if (socket) {
      await this.#countDrops();
      this.#socket = undefined;
      await new Promise<void>((resolve) => socket.close(resolve));
    }
    const left = await this.#batcher.stop();
    if (left > 0) this.#options.observer.lost('udp_stopped', left);
    this.#options.observer.state('stopped');
  }

  #take(bytes: Buffer, peer: RemoteInfo): void {
    if (bytes.length === 0) return;
    if (!this.#batcher.hasRoom) {
      this.#options.observer.lost('udp_queue_full', 1);
      return;
    }
    const end = trimmedEnd(bytes);
    const record = textRecord({ bytes: bytes.subarray(0, end) }, { peer: peer.address });
    const event = normalize(record, contextOf(this.#options.placement, this.#clock));
    if (!this.#batcher.offer(event, bytes.length)) this.#options.observer.lost('udp_queue_full', 1);
  }

  async #countDrops(): Promise<void> {
    const port = this.port;
    if (port === undefined) return;
    const drops = await kernelDrops(port, isIPv6(this.#options.host));
    if (drops === undefined) return;
    if (this.#drops !== undefined && drops > this.#drops)
      this.#options.observer.lost('udp_receive_buffer', drops - this.#drops);
    this.#drops = drops;
  }
}

function trimmedEnd(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d || bytes[end - 1] === 0)) end--;
  return end;
}

/** Why a listener could not start. */
export function listenFault(error: NodeJS.ErrnoException, host: string, port: number) {
  const address = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') return fault('port_in_use', { address, variable: 'FENGHUO_SYSLOG' });
  return fault('config_invalid', {
    name: 'FENGHUO_SYSLOG',
    reason: `cannot listen on ${address}: ${error.code ?? error.message}`,
    how:
      error.code === 'EACCES'
        ? 'ports below 1024 need CAP_NET_BIND_SERVICE'
        : 'use an address of this machine',
  });
}

/** The last column of /proc/net/udp, summed over the sockets of the port; undefined where there is no such file. */
async function kernelDrops(port: number, v6: boolean): Promise<number | undefined> {
  const table = await readFile(v6 ? '/proc/net/udp6' : '/proc/net/udp', 'latin1').catch(() => undefined);
  if (table === undefined) return undefined;
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  let drops = 0;
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (columns[1]?.endsWith(suffix)) drops += Number(columns.at(-1)) || 0;
  }
  return drops;
}
