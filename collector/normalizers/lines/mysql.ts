/** MySQL's and MariaDB's error log and general log in ECS. */
import { clockToMs } from '../../decoders/timestamp.js';
import { setSource } from '../address.js';
import type { Draft } from '../draft.js';

/** MySQL 5.7 and later; `[MY-010926] [Server]` since 8.0. */
const ERROR =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}(?:Z|[+-]\d\d:\d\d)) (\d{1,12}) \[(Note|Warning|ERROR|Error|System)\] (?:\[(MY-\d{6})\] \[(\w{1,32})\] )?/;
/** MariaDB: `2026-11-26  7:59:58 12 [Warning] …`. */
const MARIADB = /^(\d{4}-\d\d-\d\d) {1,2}(\d{1,2}:\d\d:\d\d) (\d{1,12}) \[(Note|Warning|ERROR)\] /;
const GENERAL =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}(?:Z|[+-]\d\d:\d\d))[\t ]{1,8}(\d{1,12}) (Connect|Query|Execute|Prepare|Init DB|Quit|Change user|Field List|Kill|Shutdown)(?:\t|$)/;

export function looksLikeMysql(text: string): boolean {
  const head = text.slice(0, 120);
  return ERROR.test(head) || MARIADB.test(head) || GENERAL.test(head);
}

export function normalizeMysql(draft: Draft, text: string): boolean {
  const head = text.slice(0, 160);
  const offset = draft.context.offsetMinutes ?? 0;
  const general = GENERAL.exec(head);
  if (general) {
    start(draft, 'mysql.general', clockToMs(general[1], offset), general[2]);
    command(draft, general[3] as string, text.slice(general[0].length));
    return true;
  }
  const error = ERROR.exec(head);
  const maria = error ? null : MARIADB.exec(head);
  const found = error ?? maria;
  if (!found) return false;
  const clock = error ? error[1] : `${maria?.[1]}T${maria?.[2]?.padStart(8, '0')}`;
  start(draft, 'mysql.error', clockToMs(clock, offset), error ? error[2] : maria?.[3]);
  draft.set('log.level', error ? error[3] : maria?.[4]);
  draft.set('event.code', error?.[4]);
  draft.set('mysql.subsystem', error?.[5]);
  const said = text.slice(found[0].length);
  draft.replace('message', said);
  denied(draft, said.slice(0, 512));
  draft.set('event.type', [/^error$/i.test(draft.text('log.level') ?? '') ? 'error' : 'info']);
  return true;
}

function start(draft: Draft, dataset: string, timeMs: number | undefined, thread: string | undefined): void {
  draft.timeMs = timeMs ?? draft.timeMs;
  draft.set('event.module', 'mysql');
  draft.set('event.dataset', dataset);
  draft.set('event.category', ['database']);
  if (thread !== undefined) draft.set('mysql.thread_id', Number(thread));
}

function denied(draft: Draft, said: string): void {
  const found = /^Access denied for user '([^']{0,80})'@'([^']{1,255})'/.exec(said);
  if (!found) return;
  login(draft, found[1] as string, found[2] as string, 'failure');
}

function login(draft: Draft, user: string, host: string, outcome: 'success' | 'failure'): void {
  draft.set('user.name', user);
  setSource(draft, host);
  draft.set('event.action', 'database_login');
  draft.replace('event.category', ['database', 'authentication']);
  draft.set('event.outcome', outcome);
}

function command(draft: Draft, name: string, argument: string): void {
  draft.set('mysql.command', name);
  draft.set('event.type', ['access']);
  draft.replace('message', argument === '' ? name : argument);
  if (name === 'Connect') {
    const refused = /^Access denied for user '([^']{0,80})'@'([^']{1,255})'/.exec(argument.slice(0, 512));
    const opened = /^(\S{0,80}?)@(\S{1,255}) on/.exec(argument.slice(0, 512));
    if (refused) login(draft, refused[1] as string, refused[2] as string, 'failure');
    else if (opened) login(draft, opened[1] as string, opened[2] as string, 'success');
  } else if (name === 'Query' || name === 'Execute' || name === 'Prepare') {
    draft.set('event.action', 'statement');
    draft.set('mysql.query', argument.slice(0, 8192));
  } else draft.set('event.action', name.toLowerCase().replace(' ', '_'));
}
