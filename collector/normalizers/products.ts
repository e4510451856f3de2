/**
 * Records of products that log in JSON (Suricata, Zeek, CloudTrail, Kubernetes, OpenStack): as they are, within a
 * shipper's document, or as the text of its message. All of a record's own fields stay, below the product's name.
 */
import { iso } from '#kernel/clock.js';
import { bagOf, textAt, type Bag } from '../decoders/bag.js';
import { decodeJsonLine } from '../decoders/json-line.js';
import { decodeOsloLine, type OsloLine } from '../decoders/oslo-log.js';
import { isOsloJson, mayBeProduct, productOf, zeekPath, type Product } from '../decoders/product.js';
import { clockToMs } from '../decoders/timestamp.js';
import { normalizeCloudTrail } from './cloudtrail.js';
import type { Draft } from './draft.js';
import { flatten } from './flatten.js';
import { normalizeKubernetesAudit } from './kubernetes.js';
import { normalizeNotification, normalizeOsloLine, openStackParts } from './openstack.js';
import type { RecordFormat } from './record.js';
import { setHost } from './shipper-host.js';
import { normalizeEve } from './suricata.js';
import { normalizeZeek } from './zeek.js';

/** A product's record, and what a shipper has put around it. */
export interface FoundRecord {
  readonly product: Product;
  readonly record: Bag;
  /** The document without the record. */
  readonly around?: Bag;
  /** The text that the record was read from. */
  readonly original?: string;
}

/** Where shippers and their pipelines put a parsed record; a path of two names for each. */
const PLACES: readonly (readonly [string, string?])[] = [
  ['suricata', 'eve'],
  ['suricata'],
  ['zeek'],
  ['aws', 'cloudtrail'],
  ['aws'],
  ['cloudtrail'],
  ['kubernetes', 'audit'],
  ['openstack'],
  ['json'],
  ['eve'],
  ['detail'],
  ['data'],
];
const TEXTS = ['message', 'event.original', 'log', 'msg', 'MESSAGE'] as const;
/** Data sets that we set ourselves: a document that names one by its dotted path has been here before. */
const OURS = /^(?:suricata\.eve|zeek\.\w{1,64}|aws\.cloudtrail|kubernetes\.audit|openstack\.\w{1,32})$/;
const HINTS: Readonly<Partial<Record<RecordFormat, Product>>> = {
  suricata: 'suricata',
  zeek: 'zeek',
  cloudtrail: 'cloudtrail',
  kubernetes: 'kubernetes',
};

/** The product's record in a document, or undefined where there is none. `hint` says what it is where its marks do not. */
export function findRecord(value: Bag, hint?: RecordFormat): FoundRecord | undefined {
  const product = productOf(value);
  if (product !== undefined) return { product, record: value };
  const dataset = value['event.dataset'];
  if (typeof dataset === 'string' && OURS.test(dataset)) return undefined;
  for (const [outer, inner] of PLACES) {
    if (value[outer] === undefined) continue;
    const found = within(value, outer, inner);
    if (found) return found;
  }
  const only = onlyName(value);
  const alone = only === undefined ? undefined : bagOf(value[only]);
  // Zeek's Kafka writer names the log before the record.
  if (only !== undefined && alone && productOf(alone) === 'zeek')
    return { product: 'zeek', record: { _path: only, ...alone } };
  const told = hint === undefined ? undefined : HINTS[hint];
  return textRecord(value) ?? (told === undefined ? undefined : { product: told, record: value });
}

function onlyName(value: Bag): string | undefined {
  let only: string | undefined;
  for (const name in value) {
    if (only !== undefined) return undefined;
    only = name;
  }
  return only;
}

function within(value: Bag, outer: string, inner: string | undefined): FoundRecord | undefined {
  const holder = bagOf(value[outer]);
  if (!holder) return undefined;
  const record = inner === undefined ? holder : bagOf(holder[inner]);
  if (!record) return undefined;
  let product = productOf(record);
  let found = record;
  const { [outer]: _, ...around } = value;
  // `zeek.dns.…`, `data.dns.…`: the log's name may lie between.
  if (product === undefined && inner === undefined) {
    for (const name of Object.keys(record)) {
      const lower = bagOf(record[name]);
      if (!lower || productOf(lower) !== 'zeek') continue;
      product = 'zeek';
      found = { _path: name, ...lower };
      const { [name]: __, ...rest } = record;
      return {
        product,
        record: found,
        around: { ...around, ...(Object.keys(rest).length > 0 && { [outer]: rest }) },
      };
    }
  }
  if (product === undefined) return undefined;
  if (inner === undefined) return { product, record: found, around };
  const { [inner]: __, ...rest } = holder;
  return {
    product,
    record: found,
    around: { ...around, ...(Object.keys(rest).length > 0 && { [outer]: rest }) },
  };
}

/** The record as text in the message, also behind `@cee:`, as Filebeat, Vector, Fluent Bit and rsyslog pass it on. */
function textRecord(value: Bag): FoundRecord | undefined {
  for (const name of TEXTS) {
    const text = value[name];
    const found = typeof text === 'string' ? recordInText(text) : undefined;
    if (!found) continue;
    const { [name]: _, ...around } = value;
    return { ...found, around };
  }
  const event = bagOf(value['event']);
  const original = event?.['original'];
  const found = typeof original === 'string' ? recordInText(original) : undefined;
  return found && { ...found, around: { ...value, event: { ...event, original: undefined } } };
}

/** A product's record in a JSON text, without parsing those that are surely none. */
export function recordInText(text: string): FoundRecord | undefined {
  let at = 0;
  while (text.charCodeAt(at) <= 0x20) at++;
  if (text.startsWith('@cee:', at)) at += 5;
  while (text.charCodeAt(at) <= 0x20) at++;
  if (text.charCodeAt(at) !== 0x7b || !mayBeProduct(text)) return undefined;
  const decoded = decodeJsonLine(at === 0 ? text : text.slice(at));
  if (!decoded.ok) return undefined;
  const product = productOf(decoded.value);
  return product === undefined ? undefined : { product, record: decoded.value, original: text };
}

/** Names that shippers put beside a record's own (objects only: EVE's `host` is a text), and never a record itself. */
const SHIPPERS_OBJECTS = [
  'agent',
  'ecs',
  'input',
  'log',
  'host',
  'fields',
  'data_stream',
  'event',
  'container',
];
const SHIPPERS_NAMES = ['@timestamp', '@version', 'source_type'];

/** A record to which a shipper has added its own names at the same level, taken apart again. */
function apart(found: FoundRecord): FoundRecord {
  const { record } = found;
  const objects = SHIPPERS_OBJECTS.filter((name) => name in record && bagOf(record[name]));
  const names = SHIPPERS_NAMES.filter((name) => record[name] !== undefined);
  if (objects.length + names.length === 0) return found;
  const own: Record<string, unknown> = { ...record };
  const around: Record<string, unknown> = { ...found.around };
  for (const name of [...objects, ...names]) {
    around[name] = own[name];
    delete own[name];
  }
  return { ...found, record: own, around };
}

/** Fills the draft; returns how many values were left out for the limits. */
export function normalizeRecord(draft: Draft, whole: FoundRecord): number {
  const found = apart(whole);
  const { product, record, around } = found;
  let lost = 0;
  let readMs: number | undefined;
  if (around) {
    readMs = clockToMs(around['@timestamp'], draft.context.offsetMinutes ?? 0);
    lost += flatten(around, draft.fields, '', readMs === undefined ? undefined : '@timestamp');
    setHost(draft);
  }
  draft.set('event.original', found.original);
  const timeMs = draft.timeMs;
  draft.timeMs = undefined;
  lost += fill(draft, product, record);
  const own = draft.timeMs as number | undefined;
  draft.timeMs = own ?? readMs ?? timeMs;
  if (own !== undefined && readMs !== undefined && readMs !== own) draft.set('event.created', iso(readMs));
  return lost;
}

function fill(draft: Draft, product: Product, record: Bag): number {
  const { fields } = draft;
  switch (product) {
    case 'suricata': {
      const lost = flatten(record, fields, 'suricata.eve');
      normalizeEve(draft, record);
      return lost;
    }
    case 'zeek': {
      const log = zeekPath(record, draft.text('log.file.path') ?? draft.text('path') ?? draft.text('file'));
      const lost = flatten(record, fields, `zeek.${log}`);
      normalizeZeek(draft, record, log);
      return lost;
    }
    case 'cloudtrail': {
      const lost = flatten(record, fields, 'aws.cloudtrail');
      normalizeCloudTrail(draft, record);
      return lost;
    }
    case 'kubernetes': {
      const lost = flatten(record, fields, 'kubernetes.audit');
      normalizeKubernetesAudit(draft, record);
      return lost;
    }
    case 'openstack':
      return openStack(draft, record);
  }
}

function openStack(draft: Draft, record: Bag): number {
  if (isOsloJson(record)) {
    const lost = flatten(record, draft.fields, 'openstack.log');
    normalizeOsloLine(draft, osloLineOf(record, draft.context.offsetMinutes ?? 0));
    return lost;
  }
  const inner = record['oslo.message'];
  const decoded = typeof inner === 'string' ? decodeJsonLine(inner) : undefined;
  if (decoded && !decoded.ok) draft.fail(`the notification within is ${decoded.reason}`, String(inner));
  const parts = openStackParts(decoded?.ok ? decoded.value : record);
  let lost = 0;
  if (parts.notification) lost += flatten(parts.notification, draft.fields, 'openstack.notification');
  if (parts.cadf) lost += flatten(parts.cadf, draft.fields, 'openstack.cadf');
  normalizeNotification(draft, parts);
  return lost;
}

/** What oslo.log's JSON formatter writes, as its text lines have it. */
function osloLineOf(record: Bag, offsetMinutes: number): OsloLine {
  const context = bagOf(record['context']) ?? record;
  const timeMs = clockToMs(record['asctime'], offsetMinutes);
  const pid = record['process'];
  const requestId = textAt(context, 'request_id');
  const userId = textAt(context, 'user_id') ?? textAt(context, 'user');
  const projectId = textAt(context, 'project_id') ?? textAt(context, 'tenant');
  return {
    ...(timeMs !== undefined && { timeMs }),
    ...(typeof pid === 'number' && { pid }),
    level: textAt(record, 'levelname') ?? '',
    logger: textAt(record, 'name') ?? '',
    ...(requestId !== undefined && { requestId }),
    ...(userId !== undefined && { userId }),
    ...(projectId !== undefined && { projectId }),
    message: textAt(record, 'message') ?? '',
  };
}

/** A line of OpenStack's logs; false for any other text. */
export function normalizeOsloText(draft: Draft, text: string): boolean {
  const line = decodeOsloLine(text, draft.context.offsetMinutes ?? 0);
  if (line === undefined) return false;
  draft.set('event.original', text);
  normalizeOsloLine(draft, line);
  return true;
}
