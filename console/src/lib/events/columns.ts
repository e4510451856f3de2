/** The columns of the result, as the address keeps them. The time always stands first. */
import type { Event } from '#kernel/event.js';
import { valuesOf } from '$lib/kit/field-rows.js';
import { hostOf, messageOf, sourceOf } from './describe.js';

/** Columns that are made of several paths. */
export const MADE = ['source', 'host', 'message'] as const;
export type Made = (typeof MADE)[number];
export const USUAL: readonly string[] = MADE;
const MOST = 12;

export function isMade(column: string): column is Made {
  return (MADE as readonly string[]).includes(column);
}

export function readColumns(params: URLSearchParams): readonly string[] {
  const named = (params.get('columns') ?? '').split(',').filter((one) => one !== '' && one.length <= 300);
  return named.length > 0 ? [...new Set(named)].slice(0, MOST) : USUAL;
}

/** Empty for the usual ones. */
export function writeColumns(columns: readonly string[]): string {
  return columns.join() === USUAL.join() ? '' : columns.join(',');
}

/** Added before the message, which takes the rest of the line; a second time it goes. */
export function toggled(columns: readonly string[], path: string): readonly string[] {
  if (columns.includes(path)) return columns.length > 1 ? columns.filter((one) => one !== path) : columns;
  if (columns.length >= MOST) return columns;
  const at = columns.at(-1) === 'message' ? columns.length - 1 : columns.length;
  return [...columns.slice(0, at), path, ...columns.slice(at)];
}

export function moved(columns: readonly string[], path: string, by: -1 | 1): readonly string[] {
  const at = columns.indexOf(path);
  const to = at + by;
  if (at < 0 || to < 0 || to >= columns.length) return columns;
  const next = [...columns];
  next.splice(at, 1);
  next.splice(to, 0, path);
  return next;
}

export function cellOf(event: Event, column: string): string {
  if (column === 'source') return sourceOf(event) ?? '';
  if (column === 'host') return hostOf(event) ?? '';
  if (column === 'message') return messageOf(event).slice(0, 600);
  return valuesOf(event.fields[column]).join(', ').slice(0, 600);
}

/** Widths of a grid: opener, time, and one for each column. */
export function trackSizes(columns: readonly string[]): string {
  const track = (column: string) =>
    column === 'message' ? 'minmax(140px,3fr)' : isMade(column) ? 'minmax(72px,130px)' : 'minmax(96px,1fr)';
  return `16px 132px ${columns.map(track).join(' ')}`;
}
