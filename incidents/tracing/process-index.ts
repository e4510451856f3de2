/** The processes of a host, made of the logs of their starts and ends: two logs of one start are one process. */
import { SAME_START_MS, type End, type ProcessName, type Start } from './process.js';

export interface Process {
  readonly key: string;
  /** Events that told of its start, the first one richest. */
  readonly events: readonly string[];
  readonly host: string;
  readonly startMs: number;
  endMs?: number;
  readonly entity?: string;
  readonly pid?: number;
  readonly name?: string;
  readonly executable?: string;
  readonly commandLine?: string;
  readonly user?: string;
  readonly parent?: ProcessName;
}

export class ProcessIndex {
  readonly all: readonly Process[];
  readonly #byEntity = new Map<string, Process>();
  /** Ascending by start. */
  readonly #byPid = new Map<number, Process[]>();

  /** All starts and ends are of one host. */
  constructor(starts: readonly Start[], ends: readonly End[] = []) {
    // What carries an entity id is richer, and takes the other log of the same start in.
    const ordered = [...starts].sort(
      (a, b) => Number(!a.entity) - Number(!b.entity) || a.startMs - b.startMs,
    );
    const all: Process[] = [];
    for (const start of ordered) {
      const known = this.#same(start);
      if (known) {
        Object.assign(known, merged(known, start));
        continue;
      }
      const { event, ...rest } = start;
      const process: Process = { ...rest, key: start.entity ?? event, events: [event] };
      all.push(process);
      if (process.entity !== undefined) this.#byEntity.set(process.entity, process);
      if (process.pid !== undefined) {
        const row = this.#byPid.get(process.pid) ?? [];
        row.push(process);
        row.sort((a, b) => a.startMs - b.startMs);
        this.#byPid.set(process.pid, row);
      }
    }
    this.all = all.sort((a, b) => a.startMs - b.startMs);
    for (const end of ends) {
      const process = this.find(end, end.endMs);
      if (process && end.endMs >= process.startMs && process.endMs === undefined) process.endMs = end.endMs;
    }
  }

  /** The process that was meant at that time. A pid means the latest start before it; one that had ended is not meant. */
  find({ entity, pid }: ProcessName, atMs: number): Process | undefined {
    const byEntity = entity === undefined ? undefined : this.#byEntity.get(entity);
    if (byEntity || pid === undefined) return byEntity;
    const found = this.#byPid
      .get(pid)
      ?.findLast(({ startMs }) => startMs <= atMs + (entity === undefined ? SAME_START_MS : 0));
    if (!found || (found.endMs !== undefined && found.endMs + SAME_START_MS < atMs)) return undefined;
    // Both sides carry an id and the ids differ: another process with the same pid.
    return entity !== undefined && found.entity !== undefined ? undefined : found;
  }

  /** A child is not older than its parent, and no process is its own. */
  parentOf(process: Process): Process | undefined {
    const { parent } = process;
    if (!parent) return undefined;
    const found = this.find(parent, process.startMs);
    return found && found !== process && found.startMs <= process.startMs + SAME_START_MS ? found : undefined;
  }

  #same(start: Start): Process | undefined {
    if (start.entity !== undefined) return this.#byEntity.get(start.entity);
    if (start.pid === undefined) return undefined;
    return this.#byPid
      .get(start.pid)
      ?.find(
        (one) => Math.abs(one.startMs - start.startMs) <= SAME_START_MS && sameName(one.name, start.name),
      );
  }
}

function sameName(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a.toLowerCase() === b.toLowerCase();
}

function merged(known: Process, start: Start): Partial<Process> {
  return {
    events: [...known.events, start.event].slice(0, 8),
    startMs: Math.min(known.startMs, start.startMs),
    ...(known.commandLine === undefined && start.commandLine !== undefined
      ? { commandLine: start.commandLine }
      : {}),
    ...(known.user === undefined && start.user !== undefined ? { user: start.user } : {}),
    ...(known.parent === undefined && start.parent !== undefined ? { parent: start.parent } : {}),
  };
}
