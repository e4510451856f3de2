/** What each product's lines say in ECS: bare, in a syslog envelope, and what is broken. */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { isPipelineError, normalize } from '../normalize.js';
import type { RecordFormat } from '../record.js';
import { LINE_FORMATS } from './lines.js';

const context = {
  receivedMs: Date.UTC(2026, 10, 26, 8),
  unit: '/',
  realm: 'live',
  classification: 1 as const,
  source: 'src_t',
};
const read = (text: string, format: RecordFormat = 'auto') => normalize({ text }, { ...context, format });
const AT = (text: string) => Date.parse(text);

type Row = readonly [line: string, fields: object, at?: number];
const LINES: Readonly<Record<string, readonly Row[]>> = {
  auditd: [
    [
      'type=EXECVE msg=audit(1795679998.243:24287): argc=3 a0="cat" a1="/etc/shadow" a2=612062',
      {
        'event.module': 'auditd',
        'event.action': 'execve',
        'auditd.log.sequence': 24287,
        'process.args': ['cat', '/etc/shadow', 'a b'],
        'process.command_line': 'cat /etc/shadow a b',
        'event.category': ['process'],
        'event.type': ['start'],
      },
      1795679998243,
    ],
    [
      'node=gov-web-01 type=SYSCALL msg=audit(1795679998.243:24287): arch=c000003e syscall=59 success=yes exit=0 a0=4142 a1=7ffd ppid=10 pid=11 auid=1000 uid=0 euid=0 tty=pts0 comm="cat" exe="/usr/bin/cat" key="shadow"\u001dARCH=x86_64 SYSCALL=execve AUID="ops" UID="root"',
      {
        'host.name': 'gov-web-01',
        'auditd.log.syscall': '59',
        'auditd.log.syscall_name': 'execve',
        'auditd.log.a0': '4142',
        'auditd.log.key': 'shadow',
        'event.outcome': 'success',
        'process.executable': '/usr/bin/cat',
        'process.pid': 11,
        'process.parent.pid': 10,
        'user.audit.id': '1000',
        'user.id': '0',
        'user.name': 'root',
      },
    ],
    [
      'type=USER_AUTH msg=audit(1795679998.500:7): pid=2 uid=0 auid=4294967295 ses=4294967295 msg=\'op=PAM:authentication grantors=? acct="root" exe="/usr/sbin/sshd" hostname=203.0.113.9 addr=203.0.113.9 terminal=ssh res=failed\'',
      {
        'user.name': 'root',
        'user.audit.id': undefined,
        'source.ip': '203.0.113.9',
        'event.outcome': 'failure',
        'event.category': ['authentication'],
        'auditd.log.op': 'PAM:authentication',
        'auditd.log.grantors': undefined,
      },
    ],
    [
      'type=PATH msg=audit(1795679998.243:9): item=0 name=2F746D702F612062 inode=5 mode=0100644 nametype=CREATE',
      { 'file.path': '/tmp/a b', 'file.name': 'a b', 'event.category': ['file'] },
    ],
    [
      '<13>Nov 26 08:00:00 web audisp-syslog: type=ADD_USER msg=audit(1795679998.243:9): pid=1 uid=0 auid=1000 msg=\'op=adding user id=1004 exe="/usr/sbin/useradd" res=success\'',
      { 'event.category': ['iam'], 'event.type': ['user', 'creation'], 'host.hostname': 'web' },
    ],
  ],
  bind: [
    [
      '23-Nov-2026 03:32:33.004 queries: info: client @0x7f52ad2d2098 10.20.6.21#33537 (www.city.example): query: www.city.example IN A +E(0)K (10.20.0.53)',
      {
        'event.dataset': 'bind.query',
        'source.ip': '10.20.6.21',
        'source.port': 33537,
        'dns.question.name': 'www.city.example',
        'dns.question.type': 'A',
        'dns.question.class': 'IN',
        'network.transport': 'udp',
        'event.action': 'dns_query',
      },
      AT('2026-11-23T03:32:33.004Z'),
    ],
    [
      "<30>Nov 26 08:00:00 ns-01 named[77]: client @0x7f 203.0.113.9#53 (city.example): zone transfer 'city.example/AXFR/IN' denied",
      {
        'dns.question.name': 'city.example',
        'dns.question.type': 'AXFR',
        'event.action': 'zone_transfer_denied',
        'event.type': ['protocol', 'denied'],
        'event.outcome': 'failure',
        'host.name': 'ns-01',
        'process.name': 'named',
      },
    ],
    [
      "client 203.0.113.9#5353: view external: query (cache) 'a.example/TXT/IN' denied",
      { 'event.module': undefined },
    ],
    [
      "<30>Nov 26 08:00:00 ns-01 named[77]: client @0x1 10.0.0.9#53 (city.example): transfer of 'city.example/IN': AXFR started: TSIG",
      { 'event.action': 'zone_transfer_started', 'event.outcome': 'success', 'dns.question.type': 'AXFR' },
    ],
    [
      '<30>Nov 26 08:00:00 ns-01 named[77]: managed-keys-zone: loaded serial 5',
      { 'event.module': 'system', message: 'managed-keys-zone: loaded serial 5' },
    ],
  ],
  squid: [
    [
      '1795679998.049   5006 10.8.0.31 TCP_TUNNEL/200 19763 CONNECT files.example:443 liu HIER_DIRECT/198.51.100.7 -',
      {
        'event.module': 'squid',
        'source.ip': '10.8.0.31',
        'destination.ip': '198.51.100.7',
        'destination.domain': 'files.example',
        'destination.port': 443,
        'url.domain': 'files.example',
        'user.name': 'liu',
        'http.request.method': 'CONNECT',
        'squid.result': 'TCP_TUNNEL',
        'event.duration': 5_006_000_000,
        'event.outcome': 'success',
      },
      1795679998049,
    ],
    [
      '1795679998.049      0 10.8.0.31 TCP_DENIED/403 3900 GET http://bad.example:8080/a.exe?x=1 - HIER_NONE/- text/html',
      {
        'user.name': undefined,
        'url.domain': 'bad.example',
        'url.port': 8080,
        'url.path': '/a.exe',
        'url.query': 'x=1',
        'http.response.status_code': 403,
        'event.type': ['access', 'denied'],
        'event.outcome': 'failure',
      },
    ],
  ],
  iptables: [
    [
      '<4>Nov 26 08:00:00 fw-1 kernel: [12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=203.0.113.9 DST=10.8.0.20 LEN=60 TOS=0x00 PREC=0x00 TTL=51 ID=1 DF PROTO=TCP SPT=40000 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0',
      {
        'event.module': 'iptables',
        'rule.name': 'UFW BLOCK',
        'source.ip': '203.0.113.9',
        'source.port': 40000,
        'destination.ip': '10.8.0.20',
        'destination.port': 22,
        'network.transport': 'tcp',
        'event.action': 'blocked',
        'event.type': ['connection', 'denied'],
        'iptables.flags': ['DF', 'SYN'],
        'source.mac': '66-77-88-99-AA-BB',
        'destination.mac': '00-11-22-33-44-55',
        'observer.ingress.interface.name': 'eth0',
      },
    ],
    [
      '<4>Nov 26 08:00:00 fw-1 kernel: egress: IN= OUT=eth0 SRC=10.8.0.20 DST=203.0.113.9 LEN=60 PROTO=ICMP TYPE=3 CODE=1 [SRC=203.0.113.9 DST=10.8.0.20 PROTO=UDP SPT=1 DPT=2 ]',
      {
        'source.ip': '10.8.0.20',
        'network.transport': 'icmp',
        'event.action': 'logged',
        'iptables.type': '3',
        'observer.egress.interface.name': 'eth0',
      },
    ],
    [
      '<6>Nov 26 08:00:00 fw-1 kernel: [1.0] usb 1-1: new device',
      { 'event.module': 'system', 'process.name': 'kernel' },
    ],
  ],
  haproxy: [
    [
      '<134>Nov 26 08:00:00 lb-1 haproxy[99]: 203.0.113.9:33317 [26/Nov/2026:07:59:58.655] https-in~ portal/web1 10/0/30/69/109 403 2750 - - ---- 1/1/1/1/0 0/0 {portal.example|curl} "GET /admin?x=#22 HTTP/1.1"',
      {
        'event.module': 'haproxy',
        'haproxy.frontend_name': 'https-in',
        'haproxy.backend_name': 'portal',
        'haproxy.server_name': 'web1',
        'http.response.status_code': 403,
        'http.request.method': 'GET',
        'url.path': '/admin',
        'url.query': 'x="',
        'event.duration': 109_000_000,
        'event.outcome': 'failure',
        'source.ip': '203.0.113.9',
      },
      AT('2026-11-26T07:59:58.655Z'),
    ],
    [
      '<134>Nov 26 08:00:00 lb-1 haproxy[99]: 203.0.113.9:33318 [26/Nov/2026:07:59:58.655] http-in http-in/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>"',
      {
        'haproxy.termination_state': 'PR--',
        'haproxy.http.request.raw_request_line': '<BADREQ>',
        'event.type': ['access', 'denied'],
        'http.request.method': undefined,
      },
    ],
    [
      '<134>Nov 26 08:00:00 lb-1 haproxy[99]: 10.0.0.9:9 [26/Nov/2026:07:59:58.655] db db/pg1 0/0/5007 212 -- 0/0/0/0/3 0/0',
      { 'haproxy.backend_name': 'db', 'http.response.bytes': 212, 'http.response.status_code': undefined },
    ],
    [
      '<134>Nov 26 08:00:00 lb-1 haproxy[99]: 203.0.113.9:1 [26/Nov/2026:07:59:58.655] fe/ssl: SSL handshake failure',
      {
        'haproxy.bind_name': 'ssl',
        'haproxy.error_message': 'SSL handshake failure',
        'event.outcome': 'failure',
      },
    ],
  ],
  postgresql: [
    [
      '2026-11-26 07:59:58.123 UTC [4711] zhang@city FATAL:  password authentication failed for user "zhang"',
      {
        'event.module': 'postgresql',
        'process.pid': 4711,
        'user.name': 'zhang',
        'postgresql.log.database': 'city',
        'log.level': 'FATAL',
        'event.action': 'database_login',
        'event.outcome': 'failure',
        'event.category': ['database', 'authentication'],
        message: 'password authentication failed for user "zhang"',
      },
      AT('2026-11-26T07:59:58.123Z'),
    ],
    [
      '2026-11-26 07:59:58.123 UTC [4711] FATAL:  28000: no pg_hba.conf entry for host "203.0.113.9", user "postgres", database "city", no encryption',
      {
        'source.ip': '203.0.113.9',
        'user.name': 'postgres',
        'postgresql.log.sql_state_code': '28000',
        'event.outcome': 'failure',
      },
    ],
    [
      "<134>Nov 26 08:00:00 db-1 postgres[4711]: [7-1] zhang@city LOG:  statement: COPY t FROM PROGRAM 'id'",
      {
        'event.action': 'statement',
        'postgresql.log.query': "COPY t FROM PROGRAM 'id'",
        'user.name': 'zhang',
        'host.name': 'db-1',
      },
    ],
    [
      '2026-11-26 07:59:58 +08 [9] LOG:  duration: 12.500 ms  statement: select 1',
      { 'event.duration': 12_500_000, 'postgresql.log.query': 'select 1' },
      AT('2026-11-25T23:59:58Z'),
    ],
    [
      '2026-11-26 07:59:58.123 UTC,"zhang","city",4711,"203.0.113.9:5000",6a1.1,3,"SELECT",2026-11-26 07:00:00 UTC,3/1,0,ERROR,42501,"permission denied for table ""salaries""",,,,,,"select * from salaries",,,"psql","client backend"',
      {
        'user.name': 'zhang',
        'source.ip': '203.0.113.9',
        'source.port': 5000,
        'postgresql.log.sql_state_code': '42501',
        'postgresql.log.query': 'select * from salaries',
        message: 'permission denied for table "salaries"',
      },
      AT('2026-11-26T07:59:58.123Z'),
    ],
    [
      '{"timestamp":"2026-11-26 07:59:58.123 UTC","user":"zhang","dbname":"city","pid":4711,"remote_host":"203.0.113.9","remote_port":5000,"session_id":"a.1","error_severity":"ERROR","state_code":"42501","message":"permission denied for table salaries","statement":"select * from salaries"}',
      {
        'event.module': 'postgresql',
        'source.ip': '203.0.113.9',
        'postgresql.log.query': 'select * from salaries',
        'event.type': ['error'],
      },
      AT('2026-11-26T07:59:58.123Z'),
    ],
  ],
  mysql: [
    [
      "2026-11-26T07:59:58.123456Z 8 [Note] [MY-010926] [Server] Access denied for user 'root'@'203.0.113.9' (using password: YES)",
      {
        'event.dataset': 'mysql.error',
        'event.code': 'MY-010926',
        'user.name': 'root',
        'source.ip': '203.0.113.9',
        'event.action': 'database_login',
        'event.outcome': 'failure',
      },
      AT('2026-11-26T07:59:58.123Z'),
    ],
    [
      '2026-11-26T07:59:58.123456Z\t   12 Connect\troot@203.0.113.9 on city using TCP/IP',
      { 'event.dataset': 'mysql.general', 'user.name': 'root', 'event.outcome': 'success' },
    ],
    [
      "2026-11-26T07:59:58.123456Z\t   12 Query\tselect load_file('/etc/passwd')",
      {
        'event.action': 'statement',
        'mysql.query': "select load_file('/etc/passwd')",
        'mysql.thread_id': 12,
      },
    ],
    [
      "2026-11-26  7:59:58 12 [Warning] Access denied for user 'app'@'localhost' (using password: NO)",
      { 'user.name': 'app', 'source.domain': 'localhost', 'log.level': 'Warning' },
      AT('2026-11-26T07:59:58Z'),
    ],
  ],
  cef: [
    [
      String.raw`CEF:0|Vendor\|A|Wall|1.2|100|Port scan|8|src=203.0.113.9 spt=4000 dst=10.8.0.20 dpt=22 proto=TCP act=Blocked msg=a scan \= many ports rt=1795679998123 cs1Label=Rule name cs1=deny all suser=liu in=12`,
      {
        'event.module': 'cef',
        'observer.vendor': 'Vendor|A',
        'event.code': '100',
        'event.severity': 8,
        'source.ip': '203.0.113.9',
        'destination.port': 22,
        'network.transport': 'tcp',
        'cef.extensions.deviceAction': 'Blocked',
        'cef.extensions.cs1Label': 'Rule name',
        'cef.extensions.cs1': 'deny all',
        'event.action': 'blocked',
        'user.name': 'liu',
        message: 'a scan = many ports',
      },
      1795679998123,
    ],
    [
      '<134>Nov 26 08:00:00 fw01 CEF:0|V|P|1|7|Name|Very-High|dhost=db.example',
      { 'cef.name': 'Name', 'event.severity': 10, 'destination.domain': 'db.example', message: 'Name' },
    ],
    [
      '<134>1 2026-11-26T08:00:00Z fw01 app - - - CEF:1|V|P|1|7|Name|3|src=10.0.0.1',
      { 'cef.version': '1', 'source.ip': '10.0.0.1' },
    ],
  ],
};

for (const [product, rows] of Object.entries(LINES))
  describe(product, () => {
    for (const [line, fields, at] of rows)
      it(line, () => {
        const event = read(line);
        for (const [path, value] of Object.entries(fields))
          expect([path, event.fields[path]]).toEqual([path, value]);
        if (at !== undefined) expect(event.timeMs).toBe(at);
      });
  });

describe('lines that are broken', () => {
  it.each(LINE_FORMATS)('stay, as what could not be read, where a source says they are %s', (format) => {
    const event = read('nothing of the kind', format);
    expect(isPipelineError(event)).toBe(true);
    expect(event.fields['event.original']).toBe('nothing of the kind');
  });

  it('never fail, whatever stands in them, and take time in step with their length', () => {
    const seeds = Object.values(LINES).flatMap((rows) => rows.map(([line]) => line));
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.nat(400),
        fc.string({ maxLength: 40 }),
        fc.constantFrom('auto', ...LINE_FORMATS),
        (line, at, noise, format) => {
          const broken = line.slice(0, at) + noise + line.slice(at + noise.length);
          expect(read(broken, format).fields['event.kind']).toBeDefined();
        },
      ),
      { numRuns: 2000 },
    );
    // A million characters of what each reader could go back and forth over.
    for (const piece of ['a=', "a='", 'CEF:0|', '\\|', ' x=', '[', '"', '((', '0/', ' '])
      for (const format of ['auto', ...LINE_FORMATS] as const)
        for (const [line] of Object.values(LINES).map((rows) => rows[0] as Row))
          expect(read(line + piece.repeat(2000), format).fields['event.kind']).toBeDefined();
  });
});
