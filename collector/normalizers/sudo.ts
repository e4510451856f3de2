/** What sudo says: commands, refusals, wrong passwords, sessions. */
import type { Draft } from './draft.js';
import { normalizePam } from './pam.js';

/** `user : [problem ; ]TTY=… ; PWD=… ; USER=… ; [GROUP=… ; ENV=… ; ]COMMAND=…`; the command is all that follows. */
const HEAD = /^ *(\S{1,256}) : /;
const ALERTS: readonly [RegExp, string][] = [
  [/NOT in sudoers/, 'sudo_not_in_sudoers'],
  [/incorrect password attempt/, 'sudo_wrong_password'],
  [/command not allowed/, 'sudo_command_not_allowed'],
  [/NOT authorized on host/, 'sudo_not_authorized'],
  [/a password is required/, 'sudo_password_required'],
];

export function normalizeSudo(draft: Draft, message: string): void {
  const head = HEAD.exec(message);
  const at = head ? message.indexOf('COMMAND=', head[0].length) : -1;
  if (!head || at < 0) {
    normalizePam(draft, message.slice(0, 1_024));
    return;
  }
  let problem: string | undefined;
  draft.set('user.name', head[1]);
  for (const part of message.slice(head[0].length, at).split(' ; ', 32)) {
    const pair = /^([A-Z]{1,32})=/.exec(part);
    if (pair) setPair(draft, pair[1] as string, part.slice(pair[0].length));
    else if (part !== '') problem ??= part;
  }
  const command = message.slice(at + 8);
  draft.set('system.auth.sudo.command', command);
  draft.set('process.command_line', command);
  draft.set('system.auth.sudo.error', problem);
  draft.set('event.action', problem === undefined ? 'sudo_command' : alertOf(problem));
  draft.set('event.category', problem === undefined ? ['process'] : ['authentication']);
  draft.set('event.type', problem === undefined ? ['start'] : ['denied']);
  draft.set('event.outcome', problem === undefined ? 'success' : 'failure');
  draft.set('event.reason', problem);
}

function alertOf(problem: string): string {
  return ALERTS.find(([pattern]) => pattern.test(problem))?.[1] ?? 'sudo_refused';
}

function setPair(draft: Draft, name: string, value: string): void {
  switch (name) {
    case 'TTY':
      draft.set('system.auth.sudo.tty', value);
      break;
    case 'PWD':
      draft.set('system.auth.sudo.pwd', value);
      draft.set('process.working_directory', value);
      break;
    case 'USER':
      draft.set('system.auth.sudo.user', value);
      draft.set('user.effective.name', value);
      break;
    default:
      draft.set(`system.auth.sudo.${name.toLowerCase()}`, value);
  }
}
