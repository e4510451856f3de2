/** What an exception is made of: values picked from the event, put together as query text. */
import type { Fields } from '#kernel/event.js';
import { equals } from '#kernel/query/ast.js';
import { printQuery } from '#kernel/query/print.js';
import type { MatchedValue } from '#kernel/schema/alert.js';
import { valuesOf } from '$lib/kit/field-rows.js';

export interface FieldPick {
  readonly path: string;
  readonly value: string;
  /** The rule matched this path. */
  readonly matched: boolean;
  /** Says who or what it was about: what most exceptions are made by. */
  readonly identity: boolean;
}

/** In the order in which they are offered. */
const IDENTITY: readonly string[] = [
  'host.name',
  'host.hostname',
  'user.name',
  'source.user.name',
  'source.ip',
  'client.ip',
  'destination.ip',
  'process.executable',
  'process.name',
  'process.parent.executable',
  'process.parent.name',
  'process.command_line',
  'url.path',
  'user_agent.original',
  'file.path',
  'dns.question.name',
];
/** Whole lines, and what differs with every event. */
const LEFT_OUT = /^(?:message$|event\.(?:original|id|ingested|created|sequence|hash|start|end)$|@timestamp$)/;
/** A query holds 4,096 characters: longer values are written by hand, with a wildcard. */
const LONGEST_VALUE = 1000;
const MOST_VALUES = 5;

/** Identity first, then what the rule matched, then the others by name. */
export function picksOf(fields: Fields, matched: readonly MatchedValue[]): FieldPick[] {
  const hits = new Set(matched.map(({ path }) => path));
  const picks = Object.keys(fields)
    .filter((path) => !LEFT_OUT.test(path))
    .flatMap((path) =>
      valuesOf(fields[path])
        .filter((value) => value !== '' && value.length <= LONGEST_VALUE)
        .slice(0, MOST_VALUES)
        .map((value) => ({ path, value, matched: hits.has(path), identity: IDENTITY.includes(path) })),
    );
  const rank = ({ path, matched: hit, identity }: FieldPick) =>
    identity ? IDENTITY.indexOf(path) : hit ? IDENTITY.length : IDENTITY.length + 1;
  return picks.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

export function clauseOf({ path, value }: Pick<FieldPick, 'path' | 'value'>): string {
  return printQuery(equals(path, value));
}

export function queryTextOf(picks: readonly Pick<FieldPick, 'path' | 'value'>[]): string {
  return picks.map(clauseOf).join(' and ');
}

const AND = ' and ';

/** Where the clause stands as one of the text's conditions: a value may itself contain ` and `. */
function placeOf(text: string, clause: string): readonly [number, number] | undefined {
  for (let at = text.indexOf(clause); at >= 0; at = text.indexOf(clause, at + 1)) {
    const end = at + clause.length;
    const opens = at === 0 || text.slice(0, at).toLowerCase().endsWith(AND);
    const closes = end === text.length || text.slice(end, end + AND.length).toLowerCase() === AND;
    if (opens && closes) return [at, end];
  }
  return undefined;
}

/** Whether the text holds the pick as one of its conditions. */
export function holds(text: string, pick: FieldPick): boolean {
  return placeOf(text.trim(), clauseOf(pick)) !== undefined;
}

/** The text with the pick added or taken out; what a person wrote besides stays as it is. */
export function toggled(text: string, pick: FieldPick, on: boolean): string {
  const clause = clauseOf(pick);
  const before = text.trim();
  const place = placeOf(before, clause);
  if (on) {
    if (place) return before;
    if (before === '') return clause;
    return `${/\bor\b/i.test(before) ? `(${before})` : before}${AND}${clause}`;
  }
  if (!place) return before;
  const [at, end] = place;
  return at === 0 ? before.slice(end + AND.length) : before.slice(0, at - AND.length) + before.slice(end);
}

/**
 * What to begin with: the value it was asked from, else who the alert is about, and of an alarm of another device what it
 * is called; never what every match has.
 */
export function suggested(
  picks: readonly FieldPick[],
  {
    path,
    value,
    entity,
    isAlarm = false,
  }: {
    path?: string | undefined;
    value?: string | undefined;
    entity?: string;
    isAlarm?: boolean;
  },
): FieldPick[] {
  if (path !== undefined) {
    const asked = picks.find((pick) => pick.path === path && (value === undefined || pick.value === value));
    return asked ? [asked] : value === undefined ? [] : [{ path, value, matched: false, identity: false }];
  }
  const about = picks.find((pick) => pick.identity && pick.value === entity);
  const who = about ? [about] : picks.filter((pick) => pick.identity).slice(0, 1);
  return isAlarm ? [...picks.filter(({ path: at }) => at === 'rule.name').slice(0, 1), ...who] : who;
}
