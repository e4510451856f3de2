/** Syslog over TCP (RFC 6587): both framings, bounded memory, and back-pressure by not reading. */
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '#kernel/clock.js';
import { ok, fail, type Result } from '#kernel/result.js';
import { SyslogFramer, type FramedMessage } from '../decoders/framer.js';
import { normalize } from '../normalizers/normalize.js';
import { Batcher } from './batcher.js';
import { contextOf, systemClock } from './placement.js';
import { listenFault, type SyslogListenOptions } from './syslog-udp.js';
import { textRecord } from './text-record.js';

export interface SyslogTcpOptions extends SyslogListenOptions {
  /** Connections at a time; further ones are closed at once and counted. Default 1,000. */
  readonly maxConnections?: number;
  /** A connection that sends nothing for this long is closed, milliseconds. Default 1 hour. */
  readonly idleMs?: number;
  /** Most bytes of a message that are kept; a longer one becomes a cut `pipeline_error`. Default 1 MiB. */
  readonly messageBytes?: number;
}

/**
 * TCP itself loses nothing: while the journal is full, the sockets are not read. What a sender has put on the way when
 * we stop is its own to send again.
 */
export class SyslogTcpSource {
  readonly #options: SyslogTcpOptions;
  readonly #clock: Clock;
  readonly #batcher: Batcher;
  readonly #sockets = new Set<Socket>();
  readonly #readers = new Set<Promise<void>>();
  #server: Server | undefined;

  constructor(options: SyslogTcpOptions) {
    this.#options = { ...options, placement: { format: 'syslog', ...options.placement } };
    this.#clock = options.clock ?? systemClock;
    this.#batcher = new Batcher(
      { intake: options.intake, observer: options.observer, clock: this.#clock },
      options.limits,
    );
  }

  get port(): number | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Faults: `port_in_use`, `config_invalid`. */
  start(): Promise<Result<void>> {
    const { host, port, observer } = this.#options;
    const server = createServer((socket) => this.#accept(socket));
    return new Promise((resolve) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const problem = listenFault(error, host, port);
        observer.state('failed', problem);
        resolve(fail(problem));
      });
      server.listen(port, host, () => {
        server.removeAllListeners('error');
        server.on('error', () => undefined);
        this.#server = server;
        observer.state('running');
        resolve(ok(undefined));
      });
    });
  }

  /** Stops reading, delivers what has been read. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = server ? new Promise<void>((resolve) => void server.close(() => resolve())) : undefined;
    for (const socket of this.#sockets) socket.destroy();
    // Readers may wait for room; stopping the batcher wakes them.
    const left = await this.#batcher.stop();
    await Promise.all(this.#readers);
    await closed;
    if (left > 0) this.#options.observer.lost('tcp_stopped', left);
    this.#options.observer.state('stopped');
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= (this.#options.maxConnections ?? 1_000)) {
      socket.destroy();
      this.#options.observer.lost('tcp_connection_refused', 1);
      return;
    }
    this.#sockets.add(socket);
    socket.setTimeout(this.#options.idleMs ?? 3_600_000, () => socket.destroy());
    socket.setKeepAlive(true, 60_000);
    const reader = this.#read(socket).finally(() => {
      this.#sockets.delete(socket);
      this.#readers.delete(reader);
      socket.destroy();
    });
    this.#readers.add(reader);
  }

  async #read(socket: Socket): Promise<void> {
    const framer = new SyslogFramer(this.#options.messageBytes ?? 1 << 20);
    const peer = socket.remoteAddress?.replace(/^::ffff:/, '');
    try {
      for await (const chunk of socket) {
        for (const message of framer.push(chunk as Buffer)) await this.#take(message, peer);
      }
    } catch {
      // A reset or our own destroy: what was whole has been taken; the rest is below.
    }
    const rest = framer.end();
    if (rest) await this.#take(rest, peer);
  }

  async #take(message: FramedMessage, peer: string | undefined): Promise<void> {
    const record = textRecord(message, peer === undefined ? {} : { peer });
    const event = normalize(record, contextOf(this.#options.placement, this.#clock));
    while (!this.#batcher.offer(event, message.bytes.length)) {
      if (this.#batcher.stopped) {
        this.#options.observer.lost('tcp_stopped', 1);
        return;
      }
      await this.#batcher.room();
    }
  }
}
