/** What sshd, sudo, PAM and the account tools say, in ECS. */
import { expect, describe, it } from 'vitest';
import { normalize } from './normalize.js';

const context = {
  receivedMs: Date.UTC(2026, 10, 22, 12),
  unit: '/',
  realm: 'live',
  classification: 1 as const,
  source: 'src_t',
  format: 'syslog' as const,
};
const login = {
  'event.action': 'ssh_login',
  'event.category': ['authentication'],
  'event.outcome': 'failure',
};

const LINES: Record<string, [string, object][]> = {
  sshd: [
    [
      'Failed password for root from 192.0.2.1 port 22022 ssh2',
      {
        ...login,
        'user.name': 'root',
        'source.ip': '192.0.2.1',
        'source.port': 22022,
        'system.auth.ssh.method': 'password',
      },
    ],
    [
      'Failed password for invalid user admin from 2001:db8::1 port 1 ssh2',
      { ...login, 'user.name': 'admin', 'source.ip': '2001:db8::1', 'system.auth.ssh.invalid_user': true },
    ],
    [
      'Failed password for invalid user  from 192.0.2.1 port 1 ssh2',
      { ...login, 'user.name': undefined, 'source.ip': '192.0.2.1' },
    ],
    [
      'Failed password for invalid user x from 198.51.100.7 port 22 ssh2 from 192.0.2.1 port 1 ssh2',
      { 'user.name': 'x from 198.51.100.7 port 22 ssh2', 'source.ip': '192.0.2.1' },
    ],
    [
      'Failed none for invalid user a b from 192.0.2.1 port 1 ssh2',
      { ...login, 'user.name': 'a b', 'system.auth.ssh.method': 'none' },
    ],
    [
      'Accepted publickey for alice from 192.0.2.1 port 1 ssh2: ED25519 SHA256:abc',
      {
        'event.outcome': 'success',
        'event.category': ['authentication', 'session'],
        'user.name': 'alice',
        'system.auth.ssh.signature': 'ED25519 SHA256:abc',
      },
    ],
    [
      'Accepted keyboard-interactive/pam for alice from host.example port 1 ssh2',
      { 'event.outcome': 'success', 'source.domain': 'host.example', 'source.ip': undefined },
    ],
    [
      'Invalid user admin from 192.0.2.1 port 5',
      { ...login, 'user.name': 'admin', 'source.port': 5, 'system.auth.ssh.event': 'Invalid' },
    ],
    ['Invalid user  from 192.0.2.1 port 5', { ...login, 'user.name': undefined, 'source.ip': '192.0.2.1' }],
    [
      'Invalid user a from 10.9.9.9 from 192.0.2.1',
      { 'user.name': 'a from 10.9.9.9', 'source.ip': '192.0.2.1' },
    ],
    [
      'Connection closed by authenticating user root 192.0.2.1 port 5 [preauth]',
      {
        'event.action': 'ssh_disconnect_preauth',
        'user.name': 'root',
        'source.ip': '192.0.2.1',
        'source.port': 5,
      },
    ],
    [
      'Connection reset by invalid user 0 192.0.2.1 port 5 [preauth]',
      { 'event.action': 'ssh_disconnect_preauth', 'user.name': '0', 'system.auth.ssh.invalid_user': true },
    ],
    [
      'Connection closed by 192.0.2.1 port 5',
      { 'event.action': 'ssh_disconnect', 'source.ip': '192.0.2.1', 'user.name': undefined },
    ],
    [
      'Disconnected from user alice 192.0.2.1 port 5',
      { 'event.action': 'ssh_disconnect', 'user.name': 'alice', 'event.type': ['connection', 'end'] },
    ],
    [
      'Disconnecting authenticating user root 192.0.2.1 port 5: Too many authentication failures [preauth]',
      { 'event.action': 'ssh_disconnect_preauth', 'user.name': 'root' },
    ],
    [
      'Received disconnect from 192.0.2.1 port 5:11: Bye Bye [preauth]',
      { 'event.action': 'ssh_disconnect_preauth', 'source.ip': '192.0.2.1', 'event.reason': 'Bye Bye' },
    ],
    [
      'Received disconnect from 10.0.2.2: 11: disconnected by user',
      { 'event.action': 'ssh_disconnect', 'source.ip': '10.0.2.2' },
    ],
    [
      'error: maximum authentication attempts exceeded for invalid user a from 192.0.2.1 port 5 ssh2 [preauth]',
      {
        'event.action': 'ssh_max_attempts',
        'event.outcome': 'failure',
        'user.name': 'a',
        'source.ip': '192.0.2.1',
      },
    ],
    [
      'User root from 192.0.2.1 not allowed because not listed in AllowUsers',
      { ...login, 'user.name': 'root', 'event.reason': 'not listed in AllowUsers' },
    ],
    [
      'Did not receive identification string from 192.0.2.1 port 5',
      { 'event.action': 'ssh_probe', 'source.ip': '192.0.2.1' },
    ],
    [
      "Bad protocol version identification 'GET / HTTP/1.1' from 192.0.2.1 port 5",
      { 'event.action': 'ssh_probe', 'source.ip': '192.0.2.1', 'source.port': 5 },
    ],
    [
      'drop connection #39 from [192.0.2.1]:5 on [127.0.0.1]:22 past MaxStartups',
      { 'event.action': 'ssh_dropped', 'source.ip': '192.0.2.1' },
    ],
    [
      'reverse mapping checking getaddrinfo for bad.example [192.0.2.1] failed - POSSIBLE BREAK-IN ATTEMPT!',
      { 'event.action': 'ssh_reverse_mapping_failed', 'source.ip': '192.0.2.1' },
    ],
    [
      'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root',
      {
        'event.action': 'pam_authentication_failure',
        'event.outcome': 'failure',
        'user.name': 'root',
        'source.ip': '192.0.2.1',
        'system.auth.pam.service': 'sshd',
      },
    ],
    [
      'pam_unix(sshd:auth): check pass; user unknown',
      { 'event.action': 'pam_unknown_user', 'event.outcome': 'failure' },
    ],
    [
      'PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root',
      { 'system.auth.pam.more_failures': 2, 'user.name': 'root' },
    ],
    [
      'pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)',
      { 'event.action': 'session_opened', 'user.name': 'alice', 'user.id': '1000' },
    ],
    [
      'pam_unix(sshd:session): session closed for user alice',
      { 'event.action': 'session_closed', 'user.name': 'alice' },
    ],
    [
      'Server listening on 0.0.0.0 port 22.',
      {
        'event.action': undefined,
        'event.dataset': 'system.auth',
        message: 'Server listening on 0.0.0.0 port 22.',
      },
    ],
  ],
  'sshd-session': [
    ['Failed password for root from 192.0.2.1 port 1 ssh2', { ...login, 'process.name': 'sshd-session' }],
  ],
  sudo: [
    [
      '   alice : TTY=pts/0 ; PWD=/home/alice ; USER=root ; COMMAND=/bin/sh -c a ; b=1 ; COMMAND=x',
      {
        'event.action': 'sudo_command',
        'event.outcome': 'success',
        'user.name': 'alice',
        'user.effective.name': 'root',
        'process.command_line': '/bin/sh -c a ; b=1 ; COMMAND=x',
        'system.auth.sudo.tty': 'pts/0',
        'process.working_directory': '/home/alice',
      },
    ],
    [
      'alice : user NOT in sudoers ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
      {
        'event.action': 'sudo_not_in_sudoers',
        'event.outcome': 'failure',
        'event.reason': 'user NOT in sudoers',
      },
    ],
    [
      'alice : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
      { 'event.action': 'sudo_wrong_password', 'event.outcome': 'failure' },
    ],
    [
      'alice : command not allowed ; PWD=/ ; USER=root ; GROUP=adm ; COMMAND=/bin/cat /etc/shadow',
      { 'event.action': 'sudo_command_not_allowed', 'system.auth.sudo.group': 'adm' },
    ],
    [
      'alice : a password is required ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
      { 'event.action': 'sudo_password_required' },
    ],
    [
      'pam_unix(sudo:session): session opened for user root(uid=0) by alice(uid=1000)',
      {
        'event.action': 'session_opened',
        'user.name': 'alice',
        'user.id': '1000',
        'user.effective.name': 'root',
      },
    ],
    [
      'pam_unix(sudo:session): session opened for user root(uid=0) by (uid=1001)',
      { 'user.name': undefined, 'user.id': '1001', 'user.effective.name': 'root' },
    ],
  ],
  su: [
    [
      'FAILED su for root by alice',
      {
        'event.action': 'su',
        'event.outcome': 'failure',
        'user.name': 'alice',
        'user.effective.name': 'root',
      },
    ],
    [
      '(to root) alice on pts/1',
      {
        'event.action': 'su',
        'event.outcome': 'success',
        'user.name': 'alice',
        'user.effective.name': 'root',
      },
    ],
  ],
  useradd: [
    [
      'new user: name=eve, UID=1002, GID=1002, home=/home/eve, shell=/bin/sh, from=/dev/pts/0',
      {
        'event.action': 'added-user-account',
        'event.category': ['iam'],
        'user.name': 'eve',
        'user.id': '1002',
      },
    ],
  ],
  usermod: [
    [
      "add 'eve' to group 'sudo'",
      { 'event.action': 'added-member-to-group', 'user.name': 'eve', 'group.name': 'sudo' },
    ],
  ],
  userdel: [["delete user 'eve'", { 'event.action': 'deleted-user-account', 'user.name': 'eve' }]],
  passwd: [
    [
      'pam_unix(passwd:chauthtok): password changed for eve',
      { 'event.action': 'password_changed', 'user.name': 'eve' },
    ],
  ],
  nginx: [
    [
      '192.0.2.1 - - [22/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 404 1 "-" "-"',
      { 'event.dataset': 'nginx.access', 'url.path': '/x' },
    ],
  ],
};

for (const [program, cases] of Object.entries(LINES))
  describe(program, () => {
    it.each(cases)('%s', (message, expected) => {
      const { fields } = normalize({ text: `<38>Nov 22 10:00:00 gov ${program}[7]: ${message}` }, context);
      const found = Object.fromEntries(Object.keys(expected).map((path) => [path, fields[path]]));
      expect(found).toEqual(expected);
      expect(fields).toMatchObject({
        'host.name': 'gov',
        'process.name': program,
        'process.pid': 7,
        'event.kind': 'event',
      });
    });
  });

it('tells other programs from those of authentication', () => {
  const dataset = (text: string) => normalize({ text }, context).fields['event.dataset'];
  expect(dataset('<6>Nov 22 10:00:00 gov kernel: usb 1-1: new device')).toBe('system.syslog');
  expect(dataset('<38>Nov 22 10:00:00 gov other[1]: text')).toBe('system.auth');
  expect(
    dataset('<30>Nov 22 10:00:00 gov other[1]: pam_unix(other:session): session closed for user a'),
  ).toBe('system.auth');
});

it('spends little on a line made to be slow', () => {
  // Quadratic or worse would take seconds: 40 lines of 200 kB each.
  for (const piece of [' from 1.1.1.1 port 1: ', 'user a ', ' ; A=', ' session opened for user ', ' by '])
    for (const head of [
      'Connection closed by user ',
      'Failed password for ',
      'a : ',
      'pam_unix(x:session): session opened for user ',
      'Bad protocol version identification ',
    ])
      for (const program of ['sshd', 'sudo']) {
        const text = `<38>Nov 22 10:00:00 gov ${program}[7]: ${head}${piece.repeat(200_000 / piece.length)}`;
        expect(normalize({ text }, context).fields['process.name']).toBe(program);
      }
}, 5_000);
