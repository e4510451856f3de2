/**
 * Records of the Linux audit system in ECS. Each record is an event of its own; those of one action share
 * `auditd.log.sequence`, by which they are found together: nothing is held back to be joined.
 */
import { clockToMs } from '../../decoders/timestamp.js';
import { readPairs, type Pair } from '../../decoders/pairs.js';
import { readAddress, setSource } from '../address.js';
import type { Draft } from '../draft.js';
import { setFile, setSummary } from '../flow.js';

/** `node=` stands before it where several machines write to one log; the kernel's own begin with a number. */
const HEAD = /^(?:node=(\S{1,255}) )?(?:type=(\w{1,64}) msg=)?audit\((\d{1,12})\.(\d{1,3}):(\d{1,12})\): ?/;
const KERNEL = /^(?:audit: )?type=(\d{4}) audit\((\d{1,12})\.(\d{1,3}):(\d{1,12})\): ?/;

export function looksLikeAuditd(text: string): boolean {
  return /^(?:node=\S{1,255} )?type=\w{1,64} msg=audit\(\d/.test(text.slice(0, 400));
}

/** The calls that rules and people ask for; their numbers differ between machines. */
const CALLS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  c000003e: {
    ...{
      0: 'read',
      1: 'write',
      2: 'open',
      41: 'socket',
      42: 'connect',
      43: 'accept',
      49: 'bind',
      50: 'listen',
    },
    ...{ 56: 'clone', 57: 'fork', 58: 'vfork', 59: 'execve', 62: 'kill', 76: 'truncate', 82: 'rename' },
    ...{ 83: 'mkdir', 84: 'rmdir', 85: 'creat', 86: 'link', 87: 'unlink', 88: 'symlink', 90: 'chmod' },
    ...{ 91: 'fchmod', 92: 'chown', 93: 'fchown', 94: 'lchown', 101: 'ptrace', 105: 'setuid', 106: 'setgid' },
    ...{ 161: 'chroot', 165: 'mount', 166: 'umount2', 175: 'init_module', 176: 'delete_module' },
    ...{ 188: 'setxattr', 257: 'openat', 258: 'mkdirat', 260: 'fchownat', 263: 'unlinkat', 264: 'renameat' },
    ...{ 268: 'fchmodat', 310: 'process_vm_readv', 311: 'process_vm_writev', 313: 'finit_module' },
    ...{ 316: 'renameat2', 319: 'memfd_create', 321: 'bpf', 322: 'execveat', 437: 'openat2' },
  },
  c00000b7: {
    ...{ 5: 'setxattr', 35: 'unlinkat', 38: 'renameat', 40: 'mount', 51: 'chroot', 52: 'fchmod' },
    ...{
      53: 'fchmodat',
      54: 'fchownat',
      55: 'fchown',
      56: 'openat',
      105: 'init_module',
      106: 'delete_module',
    },
    ...{
      117: 'ptrace',
      129: 'kill',
      146: 'setuid',
      198: 'socket',
      200: 'bind',
      201: 'listen',
      202: 'accept',
    },
    ...{ 203: 'connect', 220: 'clone', 221: 'execve', 270: 'process_vm_readv', 271: 'process_vm_writev' },
    ...{
      273: 'finit_module',
      276: 'renameat2',
      279: 'memfd_create',
      280: 'bpf',
      281: 'execveat',
      437: 'openat2',
    },
  },
};
/** Types of the kernel by number, where a line carries no name. */
const TYPES: Readonly<Record<string, string>> = {
  ...{ 1300: 'SYSCALL', 1302: 'PATH', 1305: 'CONFIG_CHANGE', 1306: 'SOCKADDR', 1307: 'CWD', 1309: 'EXECVE' },
  ...{ 1326: 'SECCOMP', 1327: 'PROCTITLE', 1400: 'AVC', 1404: 'MAC_STATUS' },
};
/** Values that auditd writes as hexadecimal where they hold blanks or worse. */
const HEXED = new Set([
  'proctitle',
  'name',
  'cwd',
  'comm',
  'exe',
  'cmd',
  'acct',
  'data',
  'key',
  'path',
  'dir',
]);
const MOST_ARGUMENTS = 64;

/** False where the text is no record of the audit system. */
export function normalizeAuditd(draft: Draft, text: string): boolean {
  const head = HEAD.exec(text);
  const kernel = head ? null : KERNEL.exec(text);
  const found = head ?? kernel;
  if (!found) return false;
  const [node, type, seconds, millis, sequence] = head
    ? [head[1], head[2], head[3], head[4], head[5]]
    : [undefined, TYPES[kernel?.[1] ?? ''] ?? kernel?.[1], kernel?.[2], kernel?.[3], kernel?.[4]];
  draft.timeMs = clockToMs(Number(`${seconds}.${millis}`)) ?? draft.timeMs;
  draft.set('event.module', 'auditd');
  draft.set('event.dataset', 'auditd.log');
  draft.set('host.os.type', 'linux');
  draft.set('host.name', node);
  draft.set('auditd.log.node', node);
  draft.set('auditd.log.record_type', type);
  draft.set('auditd.log.sequence', Number(sequence));
  draft.set('event.action', type?.toLowerCase());
  const values = new Map<string, string>();
  const pairs = readPairs(text.slice(found[0].length));
  // What a program of user space says lies within `msg='…'`.
  for (const pair of pairs.flatMap((one) => (one.key === 'msg' && one.quoted ? readPairs(one.value) : [one])))
    keep(draft, values, pair, type === 'EXECVE');
  describe(draft, values, type ?? '');
  draft.replace('message', text.slice(found[0].length, found[0].length + 4096).trim() || type);
  setSummary(draft, type);
  return true;
}

/** `texts`: arguments are texts; those of a system call are numbers. */
function keep(draft: Draft, values: Map<string, string>, { key, value, quoted }: Pair, texts: boolean): void {
  if (value === '' || value === '?' || value === '(null)' || values.has(key)) return;
  const argument = texts && /^a\d{1,6}(?:\[\d+\])?$/.test(key);
  const plain = !quoted && (HEXED.has(key) || argument) ? unhexed(value) : value;
  values.set(key, plain);
  draft.set(`auditd.log.${key}`, plain);
}

/** Even, at least two bytes, and hexadecimal: as auditd writes what it does not want to quote. Zero bytes part arguments. */
function unhexed(value: string): string {
  if (value.length < 4 || value.length % 2 !== 0 || value.length > 16_384 || !/^[0-9A-F]+$/.test(value))
    return value;
  const text = Buffer.from(value, 'hex').toString('utf8').replace(/\0+$/, '').replaceAll('\0', ' ');
  return /[\u0001-\u0008\u000e-\u001f\ufffd]/.test(text) ? value : text;
}

const IDS: Readonly<Record<string, string>> = {
  uid: 'user.id',
  euid: 'user.effective.id',
  auid: 'user.audit.id',
  gid: 'user.group.id',
  egid: 'user.effective.group.id',
};
/** No login: the value of -1. */
const UNSET = new Set(['4294967295', '-1', 'unset']);

function describe(draft: Draft, values: ReadonlyMap<string, string>, type: string): void {
  for (const name in IDS) {
    const value = values.get(name);
    if (value !== undefined && !UNSET.has(value)) draft.set(IDS[name] as string, value);
  }
  number(draft, 'process.pid', values.get('pid'));
  number(draft, 'process.parent.pid', values.get('ppid'));
  draft.set('process.name', values.get('comm'));
  draft.set('process.executable', values.get('exe'));
  draft.set('process.working_directory', values.get('cwd'));
  draft.set('user.terminal', values.get('terminal') ?? values.get('tty'));
  draft.set('user.name', values.get('acct') ?? values.get('UID') ?? values.get('AUID'));
  const address = readAddress(values.get('addr'));
  if (address !== undefined) setSource(draft, address);
  const outcome = values.get('res') ?? values.get('success');
  if (outcome !== undefined)
    draft.set('event.outcome', /^(?:yes|success|1)$/.test(outcome) ? 'success' : 'failure');
  const call = values.get('syscall');
  if (type === 'SYSCALL' && call !== undefined)
    draft.set('auditd.log.syscall_name', CALLS[values.get('arch') ?? '']?.[call] ?? values.get('SYSCALL'));
  draft.set('process.title', type === 'PROCTITLE' ? values.get('proctitle') : undefined);
  const line = type === 'EXECVE' ? argumentsOf(values) : undefined;
  if (line && line.length > 0) {
    draft.set('process.args', line);
    draft.set('process.args_count', Number(values.get('argc') ?? line.length));
    draft.set('process.command_line', line.join(' '));
  } else draft.set('process.command_line', values.get('cmd'));
  if (type === 'PATH') setFile(draft, values.get('name'));
  const [category, kind] = kindOf(type, draft);
  draft.set('event.category', category);
  draft.set('event.type', kind);
}

function number(draft: Draft, path: string, text: string | undefined): void {
  if (text !== undefined && /^\d{1,10}$/.test(text)) draft.set(path, Number(text));
}

/** `a0`, `a1` …, which a second record of a long command goes on with; a long argument comes in pieces `a1[0]`, `a1[1]`. */
function argumentsOf(values: ReadonlyMap<string, string>): string[] {
  const list: string[] = [];
  let last = '';
  for (const [key, value] of values) {
    const index = /^a(\d{1,6})(\[\d{1,6}\])?$/.exec(key);
    if (!index) continue;
    if (index[2] !== undefined && index[1] === last) list.push((list.pop() ?? '') + value);
    else if (list.length < MOST_ARGUMENTS) list.push(value);
    last = index[1] as string;
  }
  return list;
}

function kindOf(type: string, draft: Draft): [string[], string[]] {
  if (type === 'EXECVE' || type === 'PROCTITLE') return [['process'], ['start']];
  if (type === 'SYSCALL') {
    const call = draft.text('auditd.log.syscall_name') ?? '';
    if (call.startsWith('execve')) return [['process'], ['start']];
    if (/module$/.test(call)) return [['driver'], ['start']];
    if (/^(?:unlink|rmdir)/.test(call)) return [['file'], ['deletion']];
    if (/^(?:ch|fch|lch|setx|rename|link|symlink|trunc)/.test(call)) return [['file'], ['change']];
    if (/^(?:connect|accept|bind|listen)/.test(call)) return [['network'], ['connection']];
    return [['process'], ['info']];
  }
  if (type === 'PATH' || type === 'CWD') return [['file'], ['info']];
  if (/^(?:USER_(?:AUTH|LOGIN|ERR)|CRED_)/.test(type)) return [['authentication'], ['info']];
  if (/^USER_START|^LOGIN$/.test(type)) return [['session'], ['start']];
  if (/^USER_END|^USER_LOGOUT/.test(type)) return [['session'], ['end']];
  if (/^(?:ADD|DEL)_(?:USER|GROUP)$/.test(type))
    return [
      ['iam'],
      [type.endsWith('USER') ? 'user' : 'group', type.startsWith('ADD') ? 'creation' : 'deletion'],
    ];
  if (/^(?:USER|GRP)_(?:MGMT|CHAUTHTOK)|^CHGRP|^ROLE_/.test(type)) return [['iam'], ['change']];
  if (type === 'USER_CMD') return [['process'], ['start']];
  if (/^SERVICE_(?:START|STOP)/.test(type)) return [['process'], [type.endsWith('START') ? 'start' : 'end']];
  if (/^(?:CONFIG_CHANGE|DAEMON_|MAC_)/.test(type)) return [['configuration'], ['change']];
  return [['host'], ['info']];
}
