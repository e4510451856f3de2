/** What PAM modules, su and logind say, under whatever program they run. */
import { setSource } from './address.js';
import type { Draft } from './draft.js';

const SESSION =
  /^pam_\w{1,32}\(([^():]{1,64}):session\): session (opened|closed) for user (.{1,256}?)(?:\(uid=(\d+)\))?(?: by (.{0,256}?)\(uid=(\d+)\))?$/s;
const FAILURE =
  /^(?:pam_\w{1,32}\(([^():]{1,64}):auth\): authentication failure|PAM (\d+) more authentication failures?);(.*)$/s;
const UNKNOWN_USER = /^pam_\w{1,32}\(([^():]{1,64}):auth\): check pass; user unknown$/;
const PASSWORD = /^pam_\w{1,32}\(([^():]{1,64}):chauthtok\): password changed for (.{1,256})$/s;
const REQUIREMENT = /^pam_\w{1,32}\(([^():]{1,64}):\w+\): requirement ".*" not met by user "(.{1,256})"$/s;
const SU =
  /^(?:(Successful|FAILED) su for (\S{1,256}) by (\S{1,256})|\(to (\S{1,256})\) (\S{1,256}) on \S+)$/;
const LOGIND = /^New session (\S{1,64}) of user (\S{1,256})\.$/;

export function normalizePam(draft: Draft, message: string): void {
  if (message.startsWith('pam_') || message.startsWith('PAM ')) {
    if (session(draft, message) || failure(draft, message) || password(draft, message)) return;
    const match = UNKNOWN_USER.exec(message) ?? REQUIREMENT.exec(message);
    if (!match) return;
    draft.set('system.auth.pam.service', match[1]);
    setAuthentication(
      draft,
      match[2] === undefined ? 'pam_unknown_user' : 'pam_requirement_not_met',
      'failure',
    );
    draft.set('user.name', match[2]);
    return;
  }
  if (substitute(draft, message)) return;
  const logind = LOGIND.exec(message);
  if (!logind) return;
  setSession(draft, 'start', 'session_opened');
  draft.set('user.name', logind[2]);
}

function setSession(draft: Draft, type: 'start' | 'end', action: string): void {
  draft.set('event.action', action);
  draft.set('event.category', ['session']);
  draft.set('event.type', [type]);
  draft.set('event.outcome', 'success');
}

function setAuthentication(draft: Draft, action: string, outcome: 'success' | 'failure'): void {
  draft.set('event.action', action);
  draft.set('event.category', ['authentication']);
  draft.set('event.type', ['info']);
  draft.set('event.outcome', outcome);
}

/**
 * The user is who opened the session, the effective user whose it is. Daemons (sshd: `by (uid=0)`) open it in the
 * name of the user himself; sudo may name its caller by number alone.
 */
function session(draft: Draft, message: string): boolean {
  const match = SESSION.exec(message);
  if (!match) return false;
  const opened = match[2] === 'opened';
  setSession(draft, opened ? 'start' : 'end', opened ? 'session_opened' : 'session_closed');
  draft.set('system.auth.pam.service', match[1]);
  if (!opened) {
    draft.set('user.name', match[3]);
    return true;
  }
  draft.set('user.effective.name', match[3]);
  draft.set('user.effective.id', match[4]);
  const own = !match[5] && match[6] === '0';
  draft.set('user.name', own ? match[3] : match[5]);
  draft.set('user.id', own ? match[4] : match[6]);
  return true;
}

function failure(draft: Draft, message: string): boolean {
  const match = FAILURE.exec(message);
  if (!match) return false;
  const pairs = Object.create(null) as Record<string, string>;
  for (const pair of (match[3] as string).matchAll(/([a-z]+)=(\S*)/g))
    pairs[pair[1] as string] = pair[2] as string;
  setAuthentication(draft, 'pam_authentication_failure', 'failure');
  draft.set('system.auth.pam.service', match[1]);
  if (match[2] !== undefined) draft.set('system.auth.pam.more_failures', Number(match[2]));
  draft.set('user.name', pairs['user'] || pairs['ruser'] || pairs['logname']);
  setSource(draft, pairs['rhost']);
  return true;
}

function password(draft: Draft, message: string): boolean {
  const match = PASSWORD.exec(message);
  if (!match) return false;
  draft.set('event.action', 'password_changed');
  draft.set('event.category', ['iam']);
  draft.set('event.type', ['user', 'change']);
  draft.set('event.outcome', 'success');
  draft.set('system.auth.pam.service', match[1]);
  draft.set('user.name', match[2]);
  return true;
}

function substitute(draft: Draft, message: string): boolean {
  const match = SU.exec(message);
  if (!match) return false;
  setAuthentication(draft, 'su', match[1] === 'FAILED' ? 'failure' : 'success');
  draft.set('user.name', match[3] ?? match[5]);
  draft.set('user.effective.name', match[2] ?? match[4]);
  return true;
}
