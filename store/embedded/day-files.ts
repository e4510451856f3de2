/**
 * The day files `events/YYYY-MM-DD.duckdb`: what each holds, attaching them on demand, and keeping readers and
 * removal apart. A file is made whole under another name first, so that a crash never leaves half of one.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FaultError, fault } from '#kernel/errors.js';
import type { EventDay } from '#kernel/ports/event-store.js';
import { createDaySql, DAY_SCHEMA } from './day-table.js';
import type { DuckEngine } from './duck-engine.js';
import { sql } from './sql.js';

/** What is known of a day without asking its file. */
export interface DayState {
  readonly day: string;
  /** Name that it is attached under. */
  readonly name: string;
  events: number;
  minTimeMs: number;
  maxTimeMs: number;
  /** Rows that only the predicate can judge. */
  odd: number;
  /** High-water frame of each journal. */
  readonly marks: Map<string, number>;
}

interface Slot {
  readonly state: DayState;
  attached: 'no' | 'reading' | 'writing';
  users: number;
  usedAt: number;
  /** Attaching, detaching and removing wait for one another. */
  turn: Promise<unknown>;
  dropped: boolean;
  /** A write failed: what is known of the day must be read from its file again before the next. */
  doubtful: boolean;
  /** Told when the last user has left. */
  idle: (() => void)[];
}

const DAY_FILE = /^(\d{4}-\d{2}-\d{2})\.duckdb$/;

/** How many files stay attached while nobody uses them. */
const ATTACHED_LIMIT = 16;

export interface DayFiles {
  /** Oldest day first; empty days are left out. */
  list(): readonly DayState[];
  find(day: string): DayState | undefined;
  /** Runs `work` while the day is attached; undefined where it is gone. */
  use<T>(day: string, work: (state: DayState) => Promise<T>): Promise<T | undefined>;
  /** The same for writing; makes the day if it is absent. Only the engine's one writer calls it. */
  useForWriting<T>(day: string, work: (state: DayState) => Promise<T>): Promise<T>;
  describe(state: DayState): Promise<EventDay>;
  drop(day: string): Promise<EventDay | undefined>;
  /** Copies a day; nothing may be written meanwhile. */
  copy(day: string, folder: string): Promise<void>;
  highWater(journal: string): number;
  /** Detaches all, which folds their logs into the files. */
  close(): Promise<void>;
}

export async function openDayFiles(folder: string, engine: DuckEngine): Promise<DayFiles> {
  await mkdir(folder, { recursive: true });
  const slots = new Map<string, Slot>();
  let uses = 0;

  const fileOf = (day: string): string => join(folder, `${day}.duckdb`);

  for (const file of (await readdir(folder)).sort()) {
    // Left behind by a crash while a day was made or a batch written: nothing in them was acknowledged.
    if (file.endsWith('.new') || file.endsWith('.new.wal') || file.endsWith('.ndjson'))
      await rm(join(folder, file));
    const day = DAY_FILE.exec(file)?.[1];
    if (day) slots.set(day, newSlot(day));
  }
  for (const slot of slots.values())
    await withAttached(slot, 'reading', () => loadState(engine, slot.state, folder));

  /** Attaches if needed, runs `work` as one of the day's users; undefined where the day was dropped meanwhile. */
  async function withAttached<T>(
    slot: Slot,
    mode: 'reading' | 'writing',
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    const entered = await inTurn(slot, async () => {
      if (slot.dropped) return false;
      await attach(slot, mode);
      slot.users++;
      slot.usedAt = ++uses;
      return true;
    });
    if (!entered) return undefined;
    try {
      await detachUnused();
      return await work();
    } finally {
      slot.users--;
      if (slot.users === 0) for (const tell of slot.idle.splice(0)) tell();
    }
  }

  /** Resolves when nobody uses the day; called in a turn, so that nobody comes in meanwhile. */
  async function untilIdle(slot: Slot): Promise<void> {
    if (slot.users > 0) await new Promise<void>((tell) => slot.idle.push(tell));
  }

  function inTurn<T>(slot: Slot, work: () => Promise<T>): Promise<T> {
    const turn = slot.turn.then(work);
    slot.turn = turn.catch(() => undefined);
    return turn;
  }

  async function attach(slot: Slot, mode: 'reading' | 'writing'): Promise<void> {
    if (slot.attached === mode || slot.attached === 'writing') return;
    const file = fileOf(slot.state.day);
    // The rest of an interrupted run lies in the log beside the file; only a writer may fold it in.
    const writable = mode === 'writing' || existsSync(`${file}.wal`);
    if (slot.attached === 'reading') {
      await untilIdle(slot);
      await detach(slot);
    }
    await engine.write((run) =>
      run(`ATTACH '${quoted(file)}' AS ${slot.state.name}${writable ? '' : ' (READ_ONLY)'}`),
    );
    slot.attached = writable ? 'writing' : 'reading';
  }

  async function detachUnused(): Promise<void> {
    const attached = [...slots.values()].filter((slot) => slot.attached !== 'no');
    if (attached.length <= ATTACHED_LIMIT) return;
    const oldest = attached.filter((slot) => slot.users === 0).sort((a, b) => a.usedAt - b.usedAt)[0];
    if (oldest) await inTurn(oldest, () => detach(oldest));
  }

  /**
   * Detaching folds the log into the file. Where that fails (a full disk) the day is detached all the same, and its log
   * is read again by whoever attaches it next: nothing is lost.
   */
  async function detach(slot: Slot): Promise<void> {
    if (slot.users > 0 || slot.attached === 'no') return;
    slot.attached = 'no';
    await engine.write((run) => run(`DETACH ${slot.state.name}`)).catch(() => undefined);
  }

  async function create(day: string): Promise<Slot> {
    const fresh = `${fileOf(day)}.new`;
    await rm(fresh, { force: true });
    await engine.write(async (run) => {
      await run(`ATTACH '${quoted(fresh)}' AS making`);
      try {
        for (const statement of createDaySql('making')) await run(statement);
        await run('CHECKPOINT making');
      } finally {
        await run('DETACH making');
      }
    });
    await rename(fresh, fileOf(day));
    await syncFolder(folder);
    const slot = newSlot(day);
    slots.set(day, slot);
    return slot;
  }

  async function describe(state: DayState): Promise<EventDay> {
    const { day, events, minTimeMs, maxTimeMs } = state;
    let bytes = 0;
    for (const file of [fileOf(day), `${fileOf(day)}.wal`])
      bytes += await stat(file).then(
        (found) => found.size,
        () => 0,
      );
    return { day, events, bytes, minTimeMs, maxTimeMs };
  }

  return {
    list: () =>
      [...slots.values()]
        .map((slot) => slot.state)
        .filter((state) => state.events > 0)
        .sort((a, b) => (a.day < b.day ? -1 : 1)),
    find: (day) => slots.get(day)?.state,
    async use(day, work) {
      const slot = slots.get(day);
      return slot && withAttached(slot, 'reading', () => work(slot.state));
    },
    async useForWriting(day, work) {
      for (;;) {
        const slot = slots.get(day) ?? (await create(day));
        try {
          const done = await withAttached(slot, 'writing', async () => {
            if (slot.doubtful) await loadState(engine, slot.state, folder);
            slot.doubtful = false;
            return { value: await work(slot.state) };
          });
          if (done) return done.value;
        } catch (error) {
          // A commit may fail after its log was written: the file alone knows whether it holds the batch.
          slot.doubtful = true;
          // A checkpoint that fails invalidates the day for the engine until it is attached anew.
          if (error instanceof Error && /invalidated/.test(String(error.cause)))
            await inTurn(slot, async () => {
              await untilIdle(slot);
              await detach(slot);
            });
          throw error;
        }
      }
    },
    describe,
    async drop(day) {
      const slot = slots.get(day);
      if (!slot) return undefined;
      const lost = await describe(slot.state);
      // From here on nobody finds it; those who read it may finish.
      slots.delete(day);
      await inTurn(slot, async () => {
        await untilIdle(slot);
        slot.dropped = true;
        await detach(slot);
      });
      await rm(fileOf(day), { force: true });
      await rm(`${fileOf(day)}.wal`, { force: true });
      await syncFolder(folder);
      return lost;
    },
    async copy(day, target) {
      const slot = slots.get(day);
      if (!slot) return;
      await withAttached(slot, 'reading', async () => {
        for (const file of [fileOf(day), `${fileOf(day)}.wal`])
          if (existsSync(file)) await copyFile(file, join(target, basename(file)));
      });
    },
    highWater: (journal) =>
      Math.max(0, ...[...slots.values()].map(({ state }) => state.marks.get(journal) ?? 0)),
    async close() {
      for (const slot of slots.values())
        await inTurn(slot, async () => {
          await untilIdle(slot);
          await detach(slot);
          slot.dropped = true;
        });
    },
  };
}

function newSlot(day: string): Slot {
  return {
    state: {
      day,
      name: `day_${day.replaceAll('-', '_')}`,
      events: 0,
      minTimeMs: Infinity,
      maxTimeMs: -Infinity,
      odd: 0,
      marks: new Map(),
    },
    attached: 'no',
    users: 0,
    usedAt: 0,
    dropped: false,
    doubtful: false,
    turn: Promise.resolve(),
    idle: [],
  };
}

/** Reads counts and marks of an attached day. Throws `schema_too_new` for the file of a newer version. */
async function loadState(engine: DuckEngine, state: DayState, folder: string): Promise<void> {
  await engine.read(undefined, async (reader) => {
    const [layout] = await reader.all(sql(`SELECT version FROM ${state.name}.layout`));
    const found = Number(layout?.[0] ?? 0);
    if (found > DAY_SCHEMA)
      throw new FaultError(fault('schema_too_new', { home: folder, found, known: DAY_SCHEMA }));
    const [counts] = await reader.all(
      sql(
        `SELECT count(*), min(time_ms), max(time_ms), count(*) FILTER (WHERE odd) FROM ${state.name}.events`,
      ),
    );
    const [events, least, greatest, odd] = counts ?? [];
    state.events = Number(events ?? 0);
    state.odd = Number(odd ?? 0);
    if (state.events > 0) {
      state.minTimeMs = Number(least);
      state.maxTimeMs = Number(greatest);
    }
    for (const [journal, frame] of await reader.all(sql(`SELECT journal, frame FROM ${state.name}.marks`)))
      state.marks.set(journal as string, Number(frame));
  });
}

function quoted(path: string): string {
  return path.replaceAll("'", "''");
}

/** Makes names that were added to or taken from a folder outlive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
