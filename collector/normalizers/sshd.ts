/** What OpenSSH's server says: logins, failures, disconnections. */
import { setSource } from './address.js';
import type { Draft } from './draft.js';
import { normalizePam } from './pam.js';

/*
 * A user name is the attacker's text and may itself read like the rest of the line
 * (`x from 10.0.0.1 port 22 ssh2`): names are taken greedily, so that the last `from` counts, which sshd wrote.
 */
const LOGIN =
  /^(Accepted|Failed|Postponed|Partial) (\S{1,64}) for (invalid user )?(.*) from (\S{1,255}) port (\d{1,5})(?: ssh\d?)?(?: \[preauth\])?(?:: (.*))?$/s;
const INVALID = /^(?:Invalid|Illegal) user (.*?) ?from (\S{1,255})(?: port (\d{1,5}))?$/s;
const MAXIMUM =
  /^(?:error: )?maximum authentication attempts exceeded for (invalid user )?(.*) from (\S{1,255}) port (\d{1,5})(?: ssh\d?)?(?: \[preauth\])?$/s;
const CLOSED =
  /^(Connection closed|Connection reset|Disconnected|Disconnecting|Connection closed by remote host)(?: by| from)?(?: (invalid|authenticating))? ?(?:user (.*) )?([0-9a-fA-F:.]{2,64}) port (\d{1,5})(?::.*?)?( \[preauth\])?$/s;
const RECEIVED =
  /^Received disconnect from ([0-9a-fA-F:.]{2,64}?)(?: port (\d{1,5}))?: ?(\d+): ?(.*?)( \[preauth\])?$/s;
const NOT_ALLOWED = /^User (.*) from (\S{1,255}) not allowed because (.*)$/s;
const PROBE =
  /^(?:error: )?(Did not receive identification string from|Bad protocol version identification .* from|Unable to negotiate with|banner exchange: Connection from|ssh_dispatch_run_fatal: Connection from|Connection from|Timeout before authentication for(?: connection from)?|kex_exchange_identification: Connection (?:closed|reset) by) ([0-9a-fA-F:.]{2,64})(?: port (\d{1,5}))?/s;
const DROPPED = /^drop connection #\d+ from \[([0-9a-fA-F:.]{2,64})\]:(\d{1,5}) /;
const PAM_ERROR = /^error: PAM: (.*) for (illegal user |invalid user )?(.*) from (\S{1,255})$/s;
const BREAK_IN =
  /^(?:reverse mapping checking getaddrinfo for|Address) (\S{1,255}) (?:\[([0-9a-fA-F:.]{2,64})\] )?.*POSSIBLE BREAK-IN ATTEMPT/s;

export function normalizeSshd(draft: Draft, message: string): void {
  switch (message.charCodeAt(0)) {
    case 0x41: // A
    case 0x46: // F
    case 0x50: // P
      if (login(draft, message)) return;
      break;
    case 0x49: // I
      if (invalidUser(draft, message)) return;
      break;
    case 0x70: // p
    case 0x6d: // m
      if (maximum(draft, message)) return;
      normalizePam(draft, message);
      return;
    case 0x43: // C
    case 0x44: // D
    case 0x52: // R
      if (disconnected(draft, message)) return;
      break;
    default:
  }
  if (maximum(draft, message) || notAllowed(draft, message) || pamError(draft, message)) return;
  if (probe(draft, message) || breakIn(draft, message)) return;
  normalizePam(draft, message);
}

function outcome(draft: Draft, result: 'success' | 'failure'): void {
  draft.set('event.action', 'ssh_login');
  draft.set('event.category', result === 'success' ? ['authentication', 'session'] : ['authentication']);
  draft.set('event.type', ['info']);
  draft.set('event.outcome', result);
}

function login(draft: Draft, message: string): boolean {
  const match = LOGIN.exec(message);
  if (!match) return false;
  const said = match[1] as string;
  if (said === 'Accepted' || said === 'Failed') outcome(draft, said === 'Accepted' ? 'success' : 'failure');
  else setAuthentication(draft, 'ssh_login_step');
  draft.set('system.auth.ssh.event', said);
  draft.set('system.auth.ssh.method', match[2]);
  draft.set('system.auth.ssh.signature', match[7]);
  if (match[3]) draft.set('system.auth.ssh.invalid_user', true);
  draft.set('user.name', match[4]);
  setSource(draft, match[5], match[6]);
  return true;
}

function setAuthentication(draft: Draft, action: string): void {
  draft.set('event.action', action);
  draft.set('event.category', ['authentication']);
  draft.set('event.type', ['info']);
}

function invalidUser(draft: Draft, message: string): boolean {
  // Greedy up to the last `from`, for the reason above.
  const at = message.lastIndexOf(' from ');
  const match = at < 0 ? null : INVALID.exec(message);
  if (!match) return false;
  outcome(draft, 'failure');
  draft.set('system.auth.ssh.event', 'Invalid');
  draft.set('system.auth.ssh.invalid_user', true);
  draft.set('user.name', message.slice(message.indexOf(' user ') + 6, at));
  setSource(draft, match[2], match[3]);
  return true;
}

function maximum(draft: Draft, message: string): boolean {
  const match = MAXIMUM.exec(message);
  if (!match) return false;
  draft.set('event.action', 'ssh_max_attempts');
  draft.set('event.category', ['authentication']);
  draft.set('event.type', ['end']);
  draft.set('event.outcome', 'failure');
  if (match[1]) draft.set('system.auth.ssh.invalid_user', true);
  draft.set('user.name', match[2]);
  setSource(draft, match[3], match[4]);
  return true;
}

function setConnectionEnd(draft: Draft, preauth: boolean): void {
  draft.set('event.action', preauth ? 'ssh_disconnect_preauth' : 'ssh_disconnect');
  draft.set('event.category', ['network', 'session']);
  draft.set('event.type', ['connection', 'end']);
}

function disconnected(draft: Draft, message: string): boolean {
  const match = CLOSED.exec(message);
  if (match) {
    setConnectionEnd(draft, match[6] !== undefined);
    draft.set('system.auth.ssh.event', match[1]);
    if (match[2] === 'invalid') draft.set('system.auth.ssh.invalid_user', true);
    draft.set('user.name', match[3]);
    setSource(draft, match[4], match[5]);
    return true;
  }
  const received = RECEIVED.exec(message);
  if (!received) return false;
  setConnectionEnd(draft, received[5] !== undefined);
  draft.set('system.auth.ssh.event', 'Received disconnect');
  draft.set('event.reason', received[4]);
  setSource(draft, received[1], received[2]);
  return true;
}

function notAllowed(draft: Draft, message: string): boolean {
  const match = NOT_ALLOWED.exec(message);
  if (!match) return false;
  outcome(draft, 'failure');
  draft.set('system.auth.ssh.event', 'Not allowed');
  draft.set('event.reason', match[3]);
  draft.set('user.name', match[1]);
  setSource(draft, match[2]);
  return true;
}

function pamError(draft: Draft, message: string): boolean {
  const match = PAM_ERROR.exec(message);
  if (!match) return false;
  setAuthentication(draft, 'ssh_pam_error');
  draft.set('event.outcome', 'failure');
  draft.set('event.reason', match[1]);
  if (match[2]) draft.set('system.auth.ssh.invalid_user', true);
  draft.set('user.name', match[3]);
  setSource(draft, match[4]);
  return true;
}

function probe(draft: Draft, message: string): boolean {
  const dropped = DROPPED.exec(message);
  if (dropped) {
    draft.set('event.action', 'ssh_dropped');
    draft.set('event.category', ['network']);
    draft.set('event.type', ['connection', 'denied']);
    setSource(draft, dropped[1], dropped[2]);
    return true;
  }
  const match = PROBE.exec(message);
  if (!match) return false;
  const starts = match[1] === 'Connection from';
  draft.set('event.action', starts ? 'ssh_connect' : 'ssh_probe');
  draft.set('event.category', ['network']);
  draft.set('event.type', ['connection', starts ? 'start' : 'info']);
  if (message.includes('identification string')) draft.set('system.auth.ssh.dropped_ip', match[2]);
  setSource(draft, match[2], match[3]);
  return true;
}

function breakIn(draft: Draft, message: string): boolean {
  const match = BREAK_IN.exec(message);
  if (!match) return false;
  draft.set('event.action', 'ssh_reverse_mapping_failed');
  draft.set('event.category', ['network']);
  draft.set('event.type', ['info']);
  setSource(draft, match[2] ?? match[1]);
  return true;
}
