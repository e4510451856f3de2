/** What the journal's tests share: a folder, a clock that is set by hand, events, and reading all frames. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventBus, type PlatformReport } from '#kernel/bus.js';
import type { Frame, NewEvent } from '#kernel/event.js';
import type { Accepted } from '#kernel/ports/journal.js';
import { openJournal, type FileJournal, type JournalOptions } from './journal.js';

export const NOON = Date.UTC(2026, 0, 15, 12);

export interface Bench {
  readonly folder: string;
  readonly clock: { ms: number; nowMs(): number };
  readonly reports: PlatformReport[];
  open(options?: Partial<JournalOptions>): Promise<FileJournal>;
  remove(): Promise<void>;
}

export async function journalBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-journal-'));
  const clock = {
    ms: NOON,
    nowMs() {
      return this.ms;
    },
  };
  const reports: PlatformReport[] = [];
  const bus = createEventBus((error) => {
    throw error;
  });
  bus.on('platform.reported', (report) => reports.push(report));
  const opened: FileJournal[] = [];
  return {
    folder,
    clock,
    reports,
    async open(options) {
      const journal = await openJournal({
        folder,
        clock,
        ids: { next: (prefix) => `${prefix}_00000000000000000000000001` },
        bus,
        ...options,
      });
      opened.push(journal);
      return journal;
    },
    async remove() {
      for (const journal of opened) await journal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function newEvent(text: string, senderId?: string): NewEvent {
  return {
    ...(senderId !== undefined && { senderId }),
    timeMs: NOON - 1000,
    unit: '/cn/gd',
    realm: 'live',
    classification: 1,
    source: 'src_1',
    fields: { message: text, 'host.name': '主机-1', 'event.category': ['authentication', 'network'], n: 7 },
  };
}

export async function accept(journal: FileJournal, ...events: NewEvent[]): Promise<readonly Accepted[]> {
  const result = await journal.append(events);
  if (!result.ok) throw new Error(result.fault.code);
  return result.value;
}

/** All frames that are there now, from the one given. */
export async function framesOf(journal: FileJournal, from = 1): Promise<Frame[]> {
  const frames: Frame[] = [];
  const stop = new AbortController();
  if (journal.state().frame < from) return frames;
  for await (const frame of journal.follow(from, stop.signal)) {
    frames.push(frame);
    if (frame.number >= journal.state().frame) stop.abort();
  }
  return frames;
}

export function messagesOf(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => frame.events.map((event) => String(event.fields['message'])));
}
