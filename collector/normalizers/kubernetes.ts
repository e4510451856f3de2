/** The audit log of a Kubernetes API server in ECS: who asked for what, and whether it was let. */
import { below, bagOf, numberAt, textAt, textsAt, type Bag } from '../decoders/bag.js';
import { clockToMs } from '../decoders/timestamp.js';
import { setUrl } from './access.js';
import { readAddress } from './address.js';
import type { Draft } from './draft.js';
import { setSummary } from './flow.js';

const VERB_TYPES: Readonly<Record<string, string>> = {
  create: 'creation',
  delete: 'deletion',
  deletecollection: 'deletion',
  update: 'change',
  patch: 'change',
  get: 'access',
  list: 'access',
  watch: 'access',
};
/** Objects that say who may do what. */
const RIGHTS = new Set([
  'roles',
  'rolebindings',
  'clusterroles',
  'clusterrolebindings',
  'serviceaccounts',
  'certificatesigningrequests',
]);
/** Subresources by which somebody acts inside of a container. */
const INSIDE = new Set(['exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers']);

/** Fills the draft; the record's own fields are there already, below `kubernetes.audit`. */
export function normalizeKubernetesAudit(draft: Draft, audit: Bag): void {
  const object = below(audit, 'objectRef');
  const user = below(audit, 'user');
  const verb = textAt(audit, 'verb');
  const resource = textAt(object, 'resource');
  const subresource = textAt(object, 'subresource');
  const code = numberAt(below(audit, 'responseStatus'), 'code');
  const offset = draft.context.offsetMinutes ?? 0;
  // When the request came: its end may be hours later, as that of a watch is.
  draft.timeMs =
    clockToMs(audit['requestReceivedTimestamp'], offset) ??
    clockToMs(audit['stageTimestamp'], offset) ??
    draft.timeMs;
  draft.set('event.module', 'kubernetes');
  draft.set('event.dataset', 'kubernetes.audit');
  draft.set('event.id', textAt(audit, 'auditID'));
  draft.set('event.action', verb);
  draft.set('user.name', textAt(user, 'username'));
  draft.set('user.id', textAt(user, 'uid'));
  draft.set('user.effective.name', textAt(below(audit, 'impersonatedUser'), 'username'));
  setClient(draft, textsAt(audit, 'sourceIPs'));
  draft.set('user_agent.original', textAt(audit, 'userAgent'));
  const target = textAt(audit, 'requestURI');
  if (target !== undefined) setUrl(draft, target);
  draft.set('http.response.status_code', code);
  draft.set('orchestrator.type', 'kubernetes');
  draft.set('orchestrator.api_version', textAt(object, 'apiVersion'));
  draft.set('orchestrator.namespace', textAt(object, 'namespace'));
  draft.set('orchestrator.resource.type', resource);
  draft.set('orchestrator.resource.name', textAt(object, 'name'));
  const decision = decisionOf(audit);
  if (code !== undefined) draft.set('event.outcome', code < 400 ? 'success' : 'failure');
  else if (decision === 'forbid') draft.set('event.outcome', 'failure');
  draft.set('event.reason', textAt(below(audit, 'responseStatus'), 'reason'));
  const types = [Object.hasOwn(VERB_TYPES, verb ?? '') ? VERB_TYPES[verb as string] : 'info'] as string[];
  if (subresource !== undefined && INSIDE.has(subresource)) types[0] = 'start';
  if (decision !== undefined) types.push(decision === 'allow' ? 'allowed' : 'denied');
  draft.set('event.type', types);
  draft.set('event.category', [categoryOf(resource, subresource, types[0] as string)]);
  const slash = subresource === undefined ? '' : `/${subresource}`;
  const name = [textAt(object, 'namespace'), textAt(object, 'name')].filter((part) => part !== undefined);
  setSummary(draft, verb, resource === undefined ? target : resource + slash, name.join('/'), code);
}

function decisionOf(audit: Bag): 'allow' | 'forbid' | undefined {
  const annotations = bagOf(audit['annotations']);
  const decision = annotations && textAt(annotations, 'authorization.k8s.io/decision');
  return decision === 'allow' || decision === 'forbid' ? decision : undefined;
}

function categoryOf(resource: string | undefined, subresource: string | undefined, type: string): string {
  if (subresource !== undefined && INSIDE.has(subresource)) return 'process';
  if (resource !== undefined && RIGHTS.has(resource)) return 'iam';
  if (resource === 'tokenreviews' || (resource === 'serviceaccounts' && subresource === 'token'))
    return 'authentication';
  return type === 'access' || type === 'info' ? 'api' : 'configuration';
}

/** The list begins with what proxies claim and ends with who connected. */
function setClient(draft: Draft, addresses: readonly string[]): void {
  const peer = readAddress(addresses.at(-1));
  draft.set('source.address', addresses.at(-1));
  draft.set('source.ip', peer);
  const claimed = readAddress(addresses[0]);
  if (claimed !== peer) draft.set('client.ip', claimed);
}
