/** The query and security log of BIND in ECS: who asked for which name, and what was refused. */
import { instantOf, monthNumber } from '../../decoders/timestamp.js';
import { setSource } from '../address.js';
import type { Draft } from '../draft.js';
import { setDns } from '../flow.js';

/** `23-Nov-2026 03:32:33.004 queries: info: client …`, where BIND writes a file of its own. */
const CLOCK = /^(\d\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d)\.(\d{3}) /;
const CATEGORY = /^([a-z-]{1,32}): (?:([a-z0-9 ]{1,16}): )?/;
const CLIENT =
  /^client (?:@0x[0-9a-f]{1,16} )?([0-9a-fA-F:.]{2,45})(?:%\w{1,16})?#(\d{1,5})(?:\/key \S{1,255})?(?: \((\S{1,1024})\))?: (?:view [\w.-]{1,64}: )?/;
const QUERY = /^query: (\S{1,1024}) (\S{1,16}) (\S{1,16}) ([+-]\S{0,16})(?: \(([0-9a-fA-F:.]{2,45})\))?/;
const REFUSED =
  /^(query(?: \(cache\))?|zone transfer|update|recursion|notify)\b.{0,16}?'([^']{1,1024})' denied/;
const TRANSFER = /^transfer of '([^'/]{1,1024})\/(\w{1,16})': ((?:AXFR|IXFR)[\w -]{0,32}) (started|ended)/;

export function looksLikeBind(text: string): boolean {
  return (
    CLOCK.test(text) &&
    /^[a-z-]{1,32}: (?:[a-z0-9 ]{1,16}: )?(?:client |zone |[a-z])/.test(text.slice(25, 120))
  );
}

/** False where the message is of another kind than a client's; then nothing is set. */
export function normalizeBind(draft: Draft, text: string): boolean {
  const clock = CLOCK.exec(text);
  const afterClock = clock ? text.slice(clock[0].length) : text;
  const category = CATEGORY.exec(afterClock);
  const said = category ? afterClock.slice(category[0].length) : afterClock;
  const client = CLIENT.exec(said.slice(0, 2600));
  if (!client && !clock) return false;
  if (clock) draft.timeMs = readClock(clock, draft.context.offsetMinutes ?? 0) ?? draft.timeMs;
  draft.set('event.module', 'bind');
  draft.set('process.name', 'named');
  draft.set('log.level', category?.[2]);
  draft.set('bind.category', category?.[1]);
  draft.set('message', said);
  if (!client) {
    draft.set('event.dataset', 'bind.log');
    return true;
  }
  setSource(draft, client[1], client[2]);
  draft.set('event.dataset', 'bind.query');
  draft.set('event.category', ['network']);
  draft.set('network.protocol', 'dns');
  what(draft, said.slice(client[0].length));
  return true;
}

function what(draft: Draft, said: string): void {
  const query = QUERY.exec(said);
  if (query) {
    setDns(draft, { name: query[1], class: query[2], type: query[3], answers: [] });
    const flags = query[4] ?? '';
    draft.set('bind.flags', flags);
    draft.set('network.transport', flags.includes('T') ? 'tcp' : 'udp');
    draft.set('dns.type', 'query');
    draft.set('event.action', 'dns_query');
    draft.set('event.type', ['protocol', 'info']);
    return;
  }
  const refused = REFUSED.exec(said);
  if (refused) {
    const [name, type, kind] = (refused[2] ?? '').split('/');
    setDns(draft, { name, type: kind === undefined ? undefined : type, class: kind ?? type, answers: [] });
    draft.set('event.action', `${(refused[1] as string).replace(' (cache)', '').replace(' ', '_')}_denied`);
    draft.set('event.type', ['protocol', 'denied']);
    draft.set('event.outcome', 'failure');
    return;
  }
  const transfer = TRANSFER.exec(said);
  if (transfer) {
    setDns(draft, { name: transfer[1], class: transfer[2], type: transfer[3]?.slice(0, 4), answers: [] });
    draft.set('event.action', `zone_transfer_${transfer[4]}`);
    draft.set('event.type', ['protocol', 'allowed']);
    draft.set('event.outcome', 'success');
    return;
  }
  draft.set('event.type', ['info']);
}

function readClock(clock: RegExpExecArray, offset: number): number | undefined {
  const month = monthNumber(clock[2] as string);
  if (month === undefined) return undefined;
  const at = instantOf(
    ...([Number(clock[3]), month, Number(clock[1])] as const),
    ...([Number(clock[4]), Number(clock[5]), Number(clock[6]), offset] as const),
  );
  return at === undefined ? undefined : at + Number(clock[7]);
}
