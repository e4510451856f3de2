/** What useradd, groupadd and their like say about accounts. */
import type { Draft } from './draft.js';

const USER = /^new user: name=([^,]{1,256}), UID=(\d+), GID=(\d+), home=([^,]{0,1024}), shell=([^,]{0,1024})/;
const GROUP = /^new group: name=([^,]{1,256}), GID=(\d+)/;
const GROUP_FILE = /^group added to \S+: name=([^,]{1,256})/;
const MEMBER = /^add '([^']{1,256})' to (?:shadow )?group '([^']{1,256})'/;
const DELETED_USER = /^delete user '([^']{1,256})'/;
const DELETED_GROUP = /^(?:group '([^']{1,256})' removed|removed (?:shadow )?group '([^']{1,256})')/;

export function normalizeAccounts(draft: Draft, message: string): void {
  let match = USER.exec(message);
  if (match) {
    change(draft, 'user', 'creation', 'added-user-account');
    draft.set('user.name', match[1]);
    draft.set('user.id', match[2]);
    draft.set('group.id', match[3]);
    draft.set('system.auth.useradd.home', match[4]);
    draft.set('system.auth.useradd.shell', match[5]);
    return;
  }
  match = GROUP.exec(message) ?? GROUP_FILE.exec(message);
  if (match) {
    change(draft, 'group', 'creation', 'added-group');
    if (match[2] === undefined) return;
    draft.set('group.name', match[1]);
    draft.set('group.id', match[2]);
    return;
  }
  match = MEMBER.exec(message);
  if (match) {
    change(draft, 'group', 'change', 'added-member-to-group');
    draft.set('user.name', match[1]);
    draft.set('group.name', match[2]);
    return;
  }
  match = DELETED_USER.exec(message);
  if (match) {
    change(draft, 'user', 'deletion', 'deleted-user-account');
    draft.set('user.name', match[1]);
    return;
  }
  match = DELETED_GROUP.exec(message);
  if (match) {
    change(draft, 'group', 'deletion', 'deleted-group');
    draft.set('group.name', match[1] ?? match[2]);
  }
}

function change(draft: Draft, what: 'user' | 'group', type: string, action: string): void {
  draft.set('event.action', action);
  draft.set('event.category', ['iam']);
  draft.set('event.type', [what, type]);
  draft.set('event.outcome', 'success');
}
