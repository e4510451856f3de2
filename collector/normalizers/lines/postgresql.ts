/** PostgreSQL's log lines in ECS: by the usual prefixes, and JSON (`jsonlog`). */
import type { Bag } from '../../decoders/bag.js';
import { numberAt, textAt } from '../../decoders/bag.js';
import { clockToMs } from '../../decoders/timestamp.js';
import { setSource } from '../address.js';
import type { Draft } from '../draft.js';

const LEVEL =
  '(DEBUG[1-5]|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|LOCATION|QUERY)';
/** `%m [%p] `, `%t [%p]: `, each with or without `%q%u@%d `; by syslog with `[7-1] ` before it. */
const LINE = new RegExp(
  `^(?:\\[\\d{1,9}-\\d{1,9}\\] )?(?:(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?)(?: ([A-Z]{2,5}|[+-]\\d\\d(?::?\\d\\d)?))? )?` +
    `(?:\\[(\\d{1,10})\\]:? ?(?:\\[\\d{1,9}-\\d{1,9}\\] )?)?(?:([^\\s@]{1,63})@([^\\s@]{1,63})(?: [^:\\s]{1,255})? )?${LEVEL}:  ?(?:([0-9A-Z]{5}): )?`,
);

export function looksLikePostgresql(text: string): boolean {
  const head = text.slice(0, 400);
  return /^\d{4}-\d\d-\d\d \d\d:/.test(head) && (CSV.test(head) || LINE.test(head));
}

export function normalizePostgresql(draft: Draft, message: string): boolean {
  if (CSV.test(message.slice(0, 64))) return normalizeCsv(draft, message);
  const found = LINE.exec(message.slice(0, 512));
  if (!found) return false;
  const [, clock, zone, pid, user, database, level, state] = found;
  // Names of zones other than UTC are many and mean several things: the source's own offset stands for them.
  const known =
    zone === undefined || !/^(?:UTC|GMT|[+-])/.test(zone) ? '' : zone.replace(/^(?:UTC|GMT)$/, 'Z');
  if (clock !== undefined)
    draft.timeMs =
      clockToMs(clock.replace(' ', 'T') + known, draft.context.offsetMinutes ?? 0) ?? draft.timeMs;
  set(draft, { pid, user, database, level, state, text: message.slice(found[0].length) });
  return true;
}

/** `log_destination = csvlog`: columns in a fixed order, of which the message is the 14th. */
const CSV = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Z]{2,5},/;
const CSV_COLUMNS = 23;

function normalizeCsv(draft: Draft, line: string): boolean {
  const cells = cellsOf(line);
  const [clock, user, database, pid, from, session, , tag, , , , level, state, text] = cells;
  if (cells.length < 14 || level === undefined || !/^[A-Z]{3,8}\d?$/.test(level)) return false;
  const utc = /^(\S+) (\S+) (?:UTC|GMT)$/.exec(clock ?? '');
  draft.timeMs =
    clockToMs(
      utc ? `${utc[1]}T${utc[2]}Z` : clock?.slice(0, 23).replace(' ', 'T'),
      draft.context.offsetMinutes ?? 0,
    ) ?? draft.timeMs;
  const host = /^(.{1,255}):(\d{1,5})$/.exec(from ?? '');
  setSource(draft, host ? host[1] : from, host?.[2]);
  draft.set('postgresql.log.session_id', session);
  draft.set('postgresql.log.command_tag', tag);
  draft.set('postgresql.log.query', cells[19]);
  draft.set('postgresql.log.application_name', cells[22]);
  set(draft, { pid, user, database, level, state: state === '00000' ? undefined : state, text: text ?? '' });
  return true;
}

/** RFC 4180, section 2; a quoted cell that is never closed ends with the line. */
function cellsOf(line: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length && cells.length < CSV_COLUMNS + 3) {
    if (line[at] !== '"') {
      const end = line.indexOf(',', at);
      cells.push(line.slice(at, end < 0 ? line.length : end));
      if (end < 0) break;
      at = end + 1;
      continue;
    }
    let cell = '';
    let from = at + 1;
    for (;;) {
      const quote = line.indexOf('"', from);
      if (quote < 0) {
        cell += line.slice(from);
        at = line.length + 1;
        break;
      }
      cell += line.slice(from, quote);
      if (line[quote + 1] !== '"') {
        at = quote + 2;
        break;
      }
      cell += '"';
      from = quote + 2;
    }
    cells.push(cell);
  }
  return cells;
}

/** A record of `log_destination = jsonlog`. */
export function isPostgresqlJson(value: Bag): boolean {
  return (
    typeof value['error_severity'] === 'string' && typeof value['pid'] === 'number' && 'session_id' in value
  );
}

export function normalizePostgresqlJson(draft: Draft, value: Bag): void {
  draft.timeMs =
    clockToMs(textAt(value, 'timestamp')?.replace(/ (\S+) (?:UTC|GMT)$/, 'T$1Z')) ?? draft.timeMs;
  const pid = numberAt(value, 'pid');
  draft.set('postgresql.log.application_name', textAt(value, 'application_name'));
  draft.set('postgresql.log.backend_type', textAt(value, 'backend_type'));
  draft.set('postgresql.log.query', textAt(value, 'statement'));
  setSource(draft, textAt(value, 'remote_host'), numberAt(value, 'remote_port'));
  set(draft, {
    pid: pid === undefined ? undefined : String(pid),
    user: textAt(value, 'user'),
    database: textAt(value, 'dbname'),
    level: textAt(value, 'error_severity'),
    state: textAt(value, 'state_code'),
    text: textAt(value, 'message') ?? '',
  });
}

interface Said {
  readonly pid?: string | undefined;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
  readonly level?: string | undefined;
  readonly state?: string | undefined;
  readonly text: string;
}

function set(draft: Draft, { pid, user, database, level, state, text }: Said): void {
  draft.set('event.module', 'postgresql');
  draft.set('event.dataset', 'postgresql.log');
  draft.set('event.category', ['database']);
  draft.set('log.level', level);
  if (pid !== undefined) draft.set('process.pid', Number(pid));
  draft.set('postgresql.log.database', named(database));
  draft.set('postgresql.log.sql_state_code', state);
  draft.replace('message', text);
  const head = text.slice(0, 2048);
  meaning(draft, head);
  draft.set('user.name', named(user));
  draft.set('event.type', [level === 'ERROR' || level === 'FATAL' || level === 'PANIC' ? 'error' : 'info']);
}

const named = (text: string | undefined) => (text === '[unknown]' ? undefined : text);

function meaning(draft: Draft, text: string): void {
  const failed =
    /^(?:password|Peer|Ident|GSSAPI|LDAP|RADIUS|SCRAM|certificate|"?\w{1,16}"?) authentication failed for user "([^"]{1,63})"/.exec(
      text,
    );
  const refused =
    /^no pg_hba\.conf entry for (?:host|replication connection from host) "([^"]{1,255})", user "([^"]{1,63})"(?:, database "([^"]{1,63})")?/.exec(
      text,
    );
  const authorized = /^connection authorized: user=(\S{1,63})(?: database=(\S{1,63}))?/.exec(text);
  const received = /^connection received: host=(\S{1,255})(?: port=(\d{1,5}))?/.exec(text);
  const statement =
    /^(?:duration: ([\d.]{1,16}) ms {2})?(?:statement|execute [^:]{1,64}|parse [^:]{1,64}|bind [^:]{1,64}): /.exec(
      text,
    );
  if (failed) {
    draft.set('user.name', failed[1]);
    login(draft, 'failure');
  } else if (refused) {
    setSource(draft, refused[1]);
    draft.set('user.name', refused[2]);
    draft.set('postgresql.log.database', refused[3]);
    login(draft, 'failure');
  } else if (authorized) {
    draft.set('user.name', authorized[1]);
    draft.set('postgresql.log.database', authorized[2]);
    login(draft, 'success');
  } else if (received) {
    setSource(draft, received[1], received[2]);
    draft.set('event.action', 'connection');
  } else if (statement) {
    draft.set('event.action', 'statement');
    draft.set(
      'postgresql.log.query',
      draft.text('message')?.slice(statement[0].length, statement[0].length + 8192),
    );
    if (statement[1] !== undefined) draft.set('event.duration', Math.round(Number(statement[1]) * 1e6));
  }
}

function login(draft: Draft, outcome: 'success' | 'failure'): void {
  draft.set('event.action', 'database_login');
  draft.replace('event.category', ['database', 'authentication']);
  draft.set('event.outcome', outcome);
}
