/** Follows this machine's systemd journal through `journalctl`, from a kept cursor. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '#kernel/clock.js';
import { fault, type Fault } from '#kernel/errors.js';
import type { Intake } from '#kernel/ports/journal.js';
import { LineFramer, type FramedMessage } from '../decoders/framer.js';
import { decodeJsonLine } from '../decoders/json-line.js';
import { normalize } from '../normalizers/normalize.js';
import { deliver } from './delivery.js';
import type { SourceObserver } from './observer.js';
import { backoffMs, pause } from './pause.js';
import { contextOf, systemClock, type Placement } from './placement.js';
import type { PositionStore } from './position.js';
import { textRecord } from './text-record.js';

export interface JournaldOptions {
  readonly placement: Placement;
  readonly intake: Intake;
  readonly observer: SourceObserver;
  /** Keeps the cursor. */
  readonly positions: PositionStore;
  readonly clock?: Clock;
  /** Only this unit (`ssh.service`); all by default. */
  readonly unit?: string;
  /** A folder of journal files instead of the machine's own. */
  readonly directory?: string;
  /** Entries read from the past where there is no cursor yet. Default 1,000. */
  readonly history?: number;
}

const LINE_BYTES = 4 << 20;
/** `__CURSOR` is `s=…;i=…;b=…;m=…;t=…;x=…`; anything else is not handed to the program. */
const CURSOR = /^[a-z]=[0-9a-f]+(?:;[a-z]=[0-9a-f]+)*$/;

type Journalctl = ChildProcessByStdio<null, Readable, Readable>;

export class JournaldSource {
  readonly #options: JournaldOptions;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;
  #cursor: string | undefined;

  constructor(options: JournaldOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    this.#options.observer.state('stopped');
  }

  async #run(): Promise<void> {
    this.#cursor = await this.#options.positions.load(this.#options.placement.source);
    for (let attempt = 0; !this.#stopping.signal.aborted; attempt++) {
      const { problem, entries } = await this.#follow();
      if (this.#stopping.signal.aborted) return;
      if (entries > 0) attempt = 0;
      this.#options.observer.state('failed', problem);
      await pause(backoffMs(attempt + 4, 60_000), this.#stopping.signal);
    }
  }

  #arguments(): string[] {
    const { unit, directory, history } = this.#options;
    const known = this.#cursor !== undefined && CURSOR.test(this.#cursor);
    return [
      '--output=json',
      '--follow',
      // Without it fields above 4 KiB come as null.
      '--all',
      ...(known ? ['--no-tail', `--after-cursor=${this.#cursor}`] : [`--lines=${history ?? 1_000}`]),
      ...(unit === undefined ? [] : [`--unit=${unit}`]),
      ...(directory === undefined ? [] : [`--directory=${directory}`]),
    ];
  }

  /** Runs the program until it ends; resolves with why. */
  async #follow(): Promise<{ problem: Fault; entries: number }> {
    const child: Journalctl = spawn('journalctl', this.#arguments(), { stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = (): void => void child.kill();
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 4_096) said += text;
      // Reading some of the journal is not a reason to stop, but people must know what is missing.
      const problem = journalctlFault(said, undefined);
      if (problem) this.#options.observer.state('failed', problem);
    });
    const ended = new Promise<NodeJS.ErrnoException | number | null>((resolve) => {
      child.once('error', (error) => resolve(error));
      child.once('close', (code) => resolve(code));
    });
    child.once('spawn', () => this.#options.observer.state('running'));
    const entries = await this.#read(child.stdout);
    const end = await ended;
    this.#stopping.signal.removeEventListener('abort', stop);
    return { problem: journalctlFault(said, end) ?? endedFault(end, said), entries };
  }

  async #read(stdout: Readable): Promise<number> {
    const framer = new LineFramer(LINE_BYTES);
    let entries = 0;
    try {
      for await (const chunk of stdout) {
        const messages = framer.push(chunk as Buffer);
        if (messages.length === 0) continue;
        if (!(await this.#take(messages))) break;
        entries += messages.length;
      }
    } catch {
      // The program ended while we read: its status says why.
    }
    return entries;
  }

  async #take(messages: readonly FramedMessage[]): Promise<boolean> {
    const { placement, intake, observer, positions } = this.#options;
    const context = { ...contextOf(placement, this.#clock), format: 'journald' as const };
    let cursor: string | undefined;
    const events = messages.map((message) => {
      const record = textRecord(message);
      const decoded = decodeJsonLine(record.text ?? '');
      if (!decoded.ok) return normalize(record, context);
      const own = decoded.value['__CURSOR'];
      if (typeof own !== 'string') return normalize({ ...record, value: decoded.value }, context);
      cursor = own;
      // By it the journal knows what a crash between its acceptance and the saved cursor makes us read again.
      const senderId = `journald ${placement.source} ${own}`;
      return normalize({ ...record, value: decoded.value, senderId }, context);
    });
    const bytes = messages.reduce((sum, message) => sum + message.bytes.length, 0);
    const options = { intake, observer, clock: this.#clock, signal: this.#stopping.signal };
    if (!(await deliver(events, bytes, options))) return false;
    if (cursor !== undefined) {
      this.#cursor = cursor;
      await positions.save(placement.source, cursor);
    }
    return true;
  }
}

/** What journalctl complains about, as a fault with the group that is missing; undefined where it does not. */
export function journalctlFault(
  said: string,
  end: NodeJS.ErrnoException | number | null | undefined,
): Fault | undefined {
  const path = 'journald';
  if (typeof end === 'object' && end !== null && end.code === 'ENOENT')
    return fault('source_unreadable', {
      path,
      reason: 'journalctl is not installed',
      cause: 'no_journalctl',
      how: 'this machine may not use systemd; watch its log files instead',
    });
  if (/insufficient permissions|not seeing messages from other users/i.test(said))
    return fault('source_unreadable', {
      path,
      reason: 'no permission for the system journal',
      cause: 'no_permission',
      how: 'add the user that runs Fenghuo to group systemd-journal (or adm) and start it again',
      group: 'systemd-journal',
    });
  if (/no journal files were found/i.test(said))
    return fault('source_unreadable', {
      path,
      reason: 'there is no journal on this machine',
      cause: 'no_journal',
      how: 'watch its log files instead',
    });
  return undefined;
}

function endedFault(end: NodeJS.ErrnoException | number | null, said: string): Fault {
  const status =
    typeof end === 'object' && end !== null ? (end.code ?? end.message) : `status ${String(end)}`;
  const first = said.split('\n')[0]?.slice(0, 200) ?? '';
  return fault('source_unreadable', {
    path: 'journald',
    reason: `journalctl ended with ${status}${first === '' ? '' : `: ${first}`}`,
    cause: 'ended',
    how: 'it is started again by itself',
  });
}
