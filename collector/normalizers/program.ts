/** Which programs' messages are read further, by the name they log under. */
import { normalizeAccess } from './access.js';
import { decodeAccessLog } from '../decoders/access-log.js';
import { normalizeAccounts } from './accounts.js';
import type { Draft } from './draft.js';
import { normalizePam } from './pam.js';
import { normalizeSshd } from './sshd.js';
import { normalizeSudo } from './sudo.js';

type Reader = (draft: Draft, message: string) => void;

/** OpenSSH 9.8 split the daemon: sessions log as `sshd-session`, later also `sshd-auth`. */
const READERS: Readonly<Record<string, Reader>> = {
  sshd: normalizeSshd,
  'sshd-session': normalizeSshd,
  'sshd-auth': normalizeSshd,
  sudo: normalizeSudo,
  su: normalizePam,
  login: normalizePam,
  'systemd-logind': normalizePam,
  polkitd: normalizePam,
  passwd: normalizePam,
  chpasswd: normalizePam,
  CRON: normalizePam,
  cron: normalizePam,
  crond: normalizePam,
  useradd: normalizeAccounts,
  usermod: normalizeAccounts,
  userdel: normalizeAccounts,
  groupadd: normalizeAccounts,
  groupdel: normalizeAccounts,
  groupmod: normalizeAccounts,
};
/** Characters of a message that are read for its meaning; all of it is kept. */
const READ_CHARACTERS = 1_024;
const WEB_SERVERS = new Set(['nginx', 'httpd', 'apache', 'apache2']);

/** Sets what the message says; false for a program that is not of the authentication kind. */
export function normalizeProgram(draft: Draft, program: string, message: string): boolean {
  const reader = Object.hasOwn(READERS, program) ? READERS[program] : undefined;
  if (reader) {
    // Bounds what a hostile line can cost; a sudo command may be longer and is read without backtracking.
    reader(draft, reader === normalizeSudo ? message : message.slice(0, READ_CHARACTERS));
    return true;
  }
  if (WEB_SERVERS.has(program)) {
    const access = decodeAccessLog(message);
    if (access) normalizeAccess(draft, access, program === 'nginx' ? 'nginx' : 'apache');
    return false;
  }
  if (message.startsWith('pam_')) {
    normalizePam(draft, message.slice(0, READ_CHARACTERS));
    return true;
  }
  return false;
}

/** True for names whose messages {@link normalizeProgram} reads. */
export function isKnownProgram(program: string): boolean {
  return Object.hasOwn(READERS, program) || WEB_SERVERS.has(program);
}
