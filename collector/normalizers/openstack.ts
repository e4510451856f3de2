/** OpenStack in ECS: requests and other lines of its logs, and audit notifications (CADF). */
import { below, bagOf, numberAt, textAt, textsAt, type Bag } from '../decoders/bag.js';
import { decodeOsloRequest, type OsloLine } from '../decoders/oslo-log.js';
import { isCadf } from '../decoders/product.js';
import { clockToMs, parseIso } from '../decoders/timestamp.js';
import { setUrl } from './access.js';
import { readAddress, setSource } from './address.js';
import type { Draft } from './draft.js';
import { setSummary } from './flow.js';

function setProduct(
  draft: Draft,
  dataset: 'api' | 'log' | 'notification',
  service: string | undefined,
): void {
  draft.set('event.module', 'openstack');
  draft.set('event.dataset', `openstack.${dataset}`);
  draft.set('cloud.provider', 'openstack');
  draft.set('service.name', service);
}

/** First part of a logger's name is its program: `nova.osapi_compute.wsgi.server`. */
export function normalizeOsloLine(draft: Draft, line: OsloLine): void {
  const request = decodeOsloRequest(line.message);
  draft.timeMs = line.timeMs ?? draft.timeMs;
  setProduct(draft, request ? 'api' : 'log', line.logger.split('.', 1)[0]);
  draft.set('log.level', line.level.toLowerCase());
  draft.set('log.logger', line.logger);
  draft.set('process.pid', line.pid);
  draft.set('http.request.id', line.requestId);
  draft.set('openstack.global_request_id', line.globalRequestId);
  draft.set('user.id', line.userId);
  draft.set('cloud.project.id', line.projectId);
  if (line.message !== '') draft.replace('message', line.message);
  if (!request) {
    authorizationFailure(draft, line);
    return;
  }
  const addresses = request.address.split(',');
  setSource(draft, addresses.at(-1));
  if (addresses.length > 1) draft.set('client.ip', readAddress(addresses[0]));
  draft.set('http.request.method', request.method);
  draft.set('http.version', request.version);
  draft.set('http.response.status_code', request.status);
  draft.set('http.response.body.bytes', request.bytes);
  if (request.seconds !== undefined && Number.isFinite(request.seconds))
    draft.set('event.duration', Math.round(request.seconds * 1e9));
  setUrl(draft, request.target);
  draft.set('event.action', request.method);
  draft.set('event.category', ['api']);
  draft.set('event.type', [methodType(request.method)]);
  draft.set('event.outcome', request.status < 400 ? 'success' : 'failure');
}

function methodType(method: string): string {
  if (method === 'POST') return 'creation';
  if (method === 'DELETE') return 'deletion';
  return method === 'PUT' || method === 'PATCH' ? 'change' : 'access';
}

/** Keystone: `Authorization failed. The request you have made requires authentication. from 203.0.113.9`. */
function authorizationFailure(draft: Draft, line: OsloLine): void {
  if (!line.logger.startsWith('keystone.')) return;
  const match = /^Authorization failed\. .{0,512}? from ([0-9a-fA-F:.]{2,64}?)(?::? |$)/.exec(
    line.message.slice(0, 1024),
  );
  if (!match) return;
  setSource(draft, match[1]);
  draft.set('event.action', 'authenticate');
  draft.set('event.category', ['authentication']);
  draft.set('event.type', ['info']);
  draft.set('event.outcome', 'failure');
}

/** What one JSON record of OpenStack holds: the notification without its wrapping, and the CADF event in it. */
export interface OpenStackParts {
  /** The notification, or undefined for a CADF event that came alone. */
  readonly notification?: Bag;
  readonly cadf?: Bag;
}

/** A notification's payload is a CADF event, or a service's own. */
export function openStackParts(record: Bag): OpenStackParts {
  if (isCadf(record)) return { cadf: record };
  const payload = bagOf(record['payload']);
  if (!payload || !isCadf(payload)) return { notification: record };
  const { payload: _, ...notification } = record;
  return { notification, cadf: payload };
}

/** Services by the first part of a notification's type or a CADF observer's type. */
const SERVICES: Readonly<Record<string, string>> = {
  identity: 'keystone',
  'service/security': 'keystone',
  compute: 'nova',
  'service/compute': 'nova',
  network: 'neutron',
  'service/network': 'neutron',
  image: 'glance',
  'service/storage/image': 'glance',
  volume: 'cinder',
  'service/storage/block': 'cinder',
  'service/storage/object': 'swift',
};
/** Types of Neutron's notifications begin with the object. */
const NEUTRON =
  /^(?:security_group|security_group_rule|network|subnet|port|router|floatingip|firewall|address_scope)\./;

/** Fills the draft; the fields are there already, below `openstack.notification` and `openstack.cadf`. */
export function normalizeNotification(draft: Draft, { notification, cadf }: OpenStackParts): void {
  const envelope = notification ?? {};
  const offset = draft.context.offsetMinutes ?? 0;
  const type = textAt(envelope, 'event_type');
  const observer = cadf && textAt(below(cadf, 'observer'), 'typeURI');
  setProduct(draft, 'notification', serviceOf(type, observer, textAt(envelope, 'publisher_id')));
  draft.timeMs =
    (cadf && cadfClock(cadf['eventTime'])) ?? clockToMs(envelope['timestamp'], offset) ?? draft.timeMs;
  if (cadf) {
    setCadf(draft, cadf, type);
    return;
  }
  draft.set('event.action', type);
  draft.set('event.id', textAt(envelope, 'message_id'));
  draft.set('user.id', textAt(envelope, '_context_user_id') ?? textAt(below(envelope, 'payload'), 'user_id'));
  draft.set(
    'cloud.project.id',
    textAt(envelope, '_context_project_id') ?? textAt(below(envelope, 'payload'), 'tenant_id'),
  );
  draft.set('user.name', textAt(envelope, '_context_user_name'));
  setSource(draft, textAt(envelope, '_context_remote_address'));
  draft.set('event.category', ['configuration']);
  draft.set('event.type', [typeOf(type ?? '')]);
  if (textAt(envelope, 'priority') === 'ERROR' || type?.endsWith('.error'))
    draft.set('event.outcome', 'failure');
  else if (type?.endsWith('.end')) draft.set('event.outcome', 'success');
  setSummary(draft, type, textAt(below(envelope, 'payload'), 'display_name'));
}

function serviceOf(
  type: string | undefined,
  observer: string | undefined,
  publisher: string | undefined,
): string | undefined {
  if (observer !== undefined && Object.hasOwn(SERVICES, observer)) return SERVICES[observer];
  if (type !== undefined && NEUTRON.test(type)) return 'neutron';
  for (const word of [type, publisher]) {
    const first = word?.split('.', 1)[0] ?? '';
    if (Object.hasOwn(SERVICES, first)) return SERVICES[first];
  }
  return publisher?.split('.', 1)[0];
}

/** pyCADF writes the zone as `+0000` and, since 2022, as `+00:00`. */
function cadfClock(value: unknown): number | undefined {
  return typeof value === 'string' && value.length <= 64 ? parseIso(value) : undefined;
}

function typeOf(action: string): string {
  if (/(?:^|[./])(?:created?|add|added)(?:[./]|$)/.test(action)) return 'creation';
  if (/(?:^|[./])(?:deleted?|remove|removed)(?:[./]|$)/.test(action)) return 'deletion';
  if (/(?:^|[./])(?:read|list|get)(?:[./]|$)/.test(action)) return 'access';
  return /(?:^|[./])(?:updated?|disabled|enabled?|set)(?:[./]|$)/.test(action) ? 'change' : 'info';
}

function setCadf(draft: Draft, cadf: Bag, type: string | undefined): void {
  const initiator = below(cadf, 'initiator');
  const target = below(cadf, 'target');
  const action = textAt(cadf, 'action');
  draft.set('event.id', textAt(cadf, 'id'));
  draft.set('event.action', action);
  const outcome = textAt(cadf, 'outcome');
  draft.set('event.outcome', outcome === 'success' || outcome === 'failure' ? outcome : undefined);
  draft.set('user.id', textAt(initiator, 'user_id') ?? textAt(initiator, 'id'));
  draft.set('user.name', textAt(initiator, 'username') ?? textAt(initiator, 'name'));
  draft.set('cloud.project.id', textAt(initiator, 'project_id'));
  const host = below(initiator, 'host');
  setSource(draft, textAt(host, 'address'));
  draft.set('user_agent.original', textAt(host, 'agent'));
  const reason = below(cadf, 'reason');
  const code = numberAt(reason, 'reasonCode');
  draft.set('event.reason', textAt(reason, 'reasonType') ?? textAt(reason, 'policyType'));
  if (code !== undefined && code >= 100 && code <= 599) draft.set('http.response.status_code', code);
  const path = textAt(cadf, 'requestPath');
  if (path !== undefined) setUrl(draft, path);
  const about = textAt(target, 'typeURI');
  if (about === 'data/security/account/user' || about === 'data/security/user')
    draft.set('user.target.id', textAt(target, 'id'));
  const kind = action?.startsWith('authenticate')
    ? 'authentication'
    : about?.includes('security')
      ? 'iam'
      : 'api';
  draft.set('event.category', [kind]);
  draft.set('event.type', [kind === 'authentication' ? 'info' : typeOf(action ?? '')]);
  setSummary(
    draft,
    action ?? type,
    textAt(initiator, 'name'),
    path ?? about,
    outcome,
    textsAt(cadf, 'name')[0],
  );
}
