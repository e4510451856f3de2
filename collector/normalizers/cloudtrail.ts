/** AWS CloudTrail in ECS: who called which service, from where, and whether it was let. */
import { bagOf, below, textAt, type Bag } from '../decoders/bag.js';
import { clockToMs } from '../decoders/timestamp.js';
import { setSource } from './address.js';
import type { Draft } from './draft.js';
import { setSummary, setTlsVersion } from './flow.js';

/** Fills the draft; the record's own fields are there already, below `aws.cloudtrail`. */
export function normalizeCloudTrail(draft: Draft, record: Bag): void {
  const identity = below(record, 'userIdentity');
  const insight = bagOf(record['insightDetails']);
  const action = textAt(record, 'eventName') ?? (insight && textAt(insight, 'eventName'));
  const provider = textAt(record, 'eventSource') ?? (insight && textAt(insight, 'eventSource'));
  const account =
    textAt(record, 'recipientAccountId') ?? textAt(identity, 'accountId') ?? sessionIssuer(identity).account;
  draft.timeMs = clockToMs(record['eventTime'], draft.context.offsetMinutes ?? 0) ?? draft.timeMs;
  draft.set('event.module', 'aws');
  draft.set('event.dataset', 'aws.cloudtrail');
  draft.set('event.id', textAt(record, 'eventID'));
  draft.set('event.action', action);
  draft.set('event.provider', provider);
  draft.set('cloud.provider', 'aws');
  draft.set('cloud.account.id', account);
  draft.set('cloud.region', textAt(record, 'awsRegion'));
  draft.set('cloud.service.name', provider?.split('.', 1)[0]);
  draft.set('event.reason', textAt(record, 'errorMessage') ?? textAt(record, 'errorCode'));
  if (insight) draft.set('event.kind', 'alert');
  draft.set('event.outcome', outcomeOf(record));
  setIdentity(draft, identity);
  setSourceAddress(draft, textAt(record, 'sourceIPAddress'));
  draft.set('user_agent.original', textAt(record, 'userAgent'));
  const tls = below(record, 'tlsDetails');
  setTlsVersion(draft, textAt(tls, 'tlsVersion'));
  draft.set('tls.cipher', textAt(tls, 'cipherSuite'));
  draft.set('tls.client.server_name', textAt(tls, 'clientProvidedHostHeader'));
  const parameters = below(record, 'requestParameters');
  draft.set('user.target.name', textAt(parameters, 'userName'));
  draft.set('group.name', textAt(parameters, 'groupName'));
  // Rules look for words anywhere in what was asked and answered; who only reads is not worth the room.
  if (record['readOnly'] !== true) {
    draft.set('aws.cloudtrail.request_parameters', asText(record['requestParameters']));
    draft.set('aws.cloudtrail.response_elements', asText(record['responseElements']));
  }
  setKind(draft, action ?? '', provider ?? '', record['readOnly'] === true);
  setSummary(draft, action, provider, textAt(record, 'errorCode') ?? consoleLogin(record));
}

function consoleLogin(record: Bag): string | undefined {
  return textAt(below(record, 'responseElements'), 'ConsoleLogin');
}

/** Longest text of a whole object. */
const MOST_TEXT = 8_192;

function asText(value: unknown): string | undefined {
  if (bagOf(value) === undefined) return undefined;
  try {
    return JSON.stringify(value).slice(0, MOST_TEXT);
  } catch {
    // It nests more deeply than can be written.
    return undefined;
  }
}

/** An error is a failure; some calls of the console tell theirs in the answer. */
function outcomeOf(record: Bag): 'success' | 'failure' {
  if (record['errorCode'] !== undefined && record['errorCode'] !== null) return 'failure';
  if (record['errorMessage'] !== undefined && record['errorMessage'] !== null) return 'failure';
  const answer = below(record, 'responseElements');
  for (const name of ['ConsoleLogin', 'SwitchRole', 'CheckMfa', 'PasswordRecoveryRequested'])
    if (textAt(answer, name) === 'Failure') return 'failure';
  return 'success';
}

interface Issuer {
  readonly name: string | undefined;
  readonly account: string | undefined;
}

/** The role behind a session of an assumed role. */
function sessionIssuer(identity: Bag): Issuer {
  const issuer = below(below(identity, 'sessionContext'), 'sessionIssuer');
  return { name: textAt(issuer, 'userName'), account: textAt(issuer, 'accountId') };
}

function setIdentity(draft: Draft, identity: Bag): void {
  const type = textAt(identity, 'type');
  // The root account has no name of its own; a service that calls by itself has only its own.
  const name =
    textAt(identity, 'userName') ??
    (type === 'Root' ? 'root' : (sessionIssuer(identity).name ?? textAt(identity, 'invokedBy')));
  draft.set('user.name', name);
  draft.set('user.id', textAt(identity, 'principalId'));
}

/** An address, or the name of the service that called on somebody's behalf (`AWS Internal` is no name). */
function setSourceAddress(draft: Draft, address: string | undefined): void {
  if (address === undefined) return;
  if (/\s/.test(address) || address.length > 255) draft.set('source.address', address.slice(0, 255));
  else setSource(draft, address);
}

/** What the verb of an action's name does. */
const VERBS: readonly (readonly [RegExp, string])[] = [
  [/^(?:Create|Put|Run|Import|Upload|Register|Allocate|Add|Issue|Generate)/, 'creation'],
  [/^(?:Delete|Terminate|Remove|Deregister|Release|Purge)/, 'deletion'],
  [/^(?:Get|List|Describe|Head|Lookup|BatchGet|Select|Scan|Query|Search)/, 'access'],
  [/^Start/, 'start'],
  [/^Stop/, 'end'],
];
/** What a verb is done to, in the words that ECS has for accounts. */
const IAM_OBJECTS: readonly (readonly [RegExp, string])[] = [
  [/Group$|GroupPolicy$/, 'group'],
  [/User|LoginProfile|AccessKey|MFADevice|SSHPublicKey|Password|SigningCertificate/, 'user'],
  [/Role|Policy|Provider|InstanceProfile|ServerCertificate/, 'admin'],
];
const LOGINS = new Set([
  'ConsoleLogin',
  'SwitchRole',
  'ExitRole',
  'CheckMfa',
  'AssumeRole',
  'AssumeRoleWithSAML',
  'AssumeRoleWithWebIdentity',
  'GetSessionToken',
  'GetFederationToken',
  'UserAuthentication',
  'Federate',
]);
/** Calls on the contents of a bucket. */
const OBJECT_CALL = /Objects?(?:$|[A-Z])|^(?:Upload|Complete|Abort)(?:Part|Multipart)/;

function setKind(draft: Draft, action: string, provider: string, readOnly: boolean): void {
  const verb = VERBS.find(([pattern]) => pattern.test(action))?.[1] ?? (readOnly ? 'access' : 'change');
  if (LOGINS.has(action)) {
    draft.set('event.category', ['authentication']);
    draft.set('event.type', ['info']);
  } else if (provider === 'iam.amazonaws.com') {
    const object = IAM_OBJECTS.find(([pattern]) => pattern.test(action))?.[1] ?? 'info';
    draft.set('event.category', ['iam']);
    draft.set('event.type', [object, memberChange(action) ? 'change' : iamVerb(action, verb)]);
  } else if (provider === 's3.amazonaws.com' && OBJECT_CALL.test(action)) {
    draft.set('event.category', ['file']);
    draft.set('event.type', [verb]);
  } else {
    draft.set('event.category', [verb === 'access' ? 'api' : 'configuration']);
    draft.set('event.type', [verb]);
  }
}

/** Who goes into or out of a group changes the group. */
function memberChange(action: string): boolean {
  return action === 'AddUserToGroup' || action === 'RemoveUserFromGroup';
}

/** A key or certificate of a user is a change of the user, whatever is done to the key. */
function iamVerb(action: string, verb: string): string {
  if (verb === 'access') return 'info';
  return /AccessKey|SSHPublicKey|LoginProfile|MFADevice|SigningCertificate|Policy$/.test(action) &&
    !/^(?:Create|Delete)Policy$/.test(action)
    ? 'change'
    : verb;
}
