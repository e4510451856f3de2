/**
 * A process as logs tell of it. Its identity is `process.entity_id` (Sysmon's ProcessGuid, an agent's own) where one is
 * given, else host, pid and time: a pid is used again, so it names a process only from one start to the next.
 */
import { textOf, valuesOf, type Event, type Fields } from '#kernel/event.js';

/** Two logs of one start (Sysmon 1 and Security 4688) lie this far apart at most, milliseconds. */
export const SAME_START_MS = 3_000;

/** A process named by an event: itself or its parent. */
export interface ProcessName {
  readonly entity?: string;
  readonly pid?: number;
  readonly name?: string;
  readonly executable?: string;
  readonly commandLine?: string;
}

/** One log of a process that began. */
export interface Start extends ProcessName {
  readonly event: string;
  readonly host: string;
  readonly user?: string;
  readonly startMs: number;
  readonly parent?: ProcessName;
}

/** One log of a process that ended. */
export interface End {
  readonly host: string;
  readonly entity?: string;
  readonly pid?: number;
  readonly endMs: number;
}

function numberOf(fields: Fields, path: string): number | undefined {
  const text = textOf(fields, path);
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** A GUID is written with braces or without, in any case. */
export function plainEntity(text: string): string {
  return text.replace(/^\{(.*)\}$/, '$1').toLowerCase();
}

/** The last part of a path with `\` or `/`. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1);
}

/** The process of `prefix` (`process`, `process.parent`); undefined where neither id nor pid is told. */
export function processOf(fields: Fields, prefix = 'process'): ProcessName | undefined {
  const entity = textOf(fields, `${prefix}.entity_id`);
  const pid = numberOf(fields, `${prefix}.pid`);
  if (entity === undefined && pid === undefined) return undefined;
  const executable = textOf(fields, `${prefix}.executable`);
  const name = textOf(fields, `${prefix}.name`) ?? (executable && baseName(executable));
  const commandLine =
    textOf(fields, `${prefix}.command_line`) ?? (valuesOf(fields, `${prefix}.args`).join(' ') || undefined);
  return {
    ...(entity !== undefined && { entity: plainEntity(entity) }),
    ...(pid !== undefined && { pid }),
    ...(name !== undefined && { name }),
    ...(executable !== undefined && { executable }),
    ...(commandLine !== undefined && { commandLine }),
  };
}

export function hostOf(fields: Fields): string | undefined {
  return textOf(fields, 'host.name') ?? textOf(fields, 'host.hostname');
}

const has = (fields: Fields, path: string, word: string): boolean =>
  valuesOf(fields, path).some((value) => String(value).toLowerCase() === word);

export function startOf(event: Event): Start | undefined {
  const { fields } = event;
  if (!has(fields, 'event.category', 'process') || !has(fields, 'event.type', 'start')) return undefined;
  const own = processOf(fields);
  const host = hostOf(fields);
  if (!own || host === undefined) return undefined;
  const parent = processOf(fields, 'process.parent');
  const user = textOf(fields, 'user.name');
  const { id, timeMs } = event;
  return {
    ...own,
    event: id,
    host,
    startMs: timeMs,
    ...(parent && { parent }),
    ...(user !== undefined && { user }),
  };
}

export function endOf(event: Event): End | undefined {
  const { fields } = event;
  if (!has(fields, 'event.category', 'process') || !has(fields, 'event.type', 'end')) return undefined;
  const own = processOf(fields);
  const host = hostOf(fields);
  if (!own || host === undefined) return undefined;
  return {
    host,
    endMs: event.timeMs,
    ...(own.entity !== undefined && { entity: own.entity }),
    ...(own.pid !== undefined && { pid: own.pid }),
  };
}
