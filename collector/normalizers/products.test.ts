/** Records of network sensors and clouds by every way that they come, what they become, and hostile ones. */
import { describe, expect, it } from 'vitest';
import type { Fields } from '#kernel/event.js';
import { normalize } from './normalize.js';
import { ALERT, AUDIT, CADF, NOTIFICATION, TRAIL, ZEEK_DNS } from './products.fixture.js';
import type { RecordFormat } from './record.js';

const RECEIVED = Date.UTC(2026, 10, 26, 8);
const context = {
  receivedMs: RECEIVED,
  unit: '/',
  realm: 'live',
  classification: 1,
  source: 'src_test',
} as const;

const eventOf = (record: string | object, format?: RecordFormat) =>
  normalize(typeof record === 'string' ? { text: record } : { value: record as Record<string, unknown> }, {
    ...context,
    ...(format && { format }),
  });
const fieldsOf = (record: string | object, format?: RecordFormat): Fields => eventOf(record, format).fields;

const bagless = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([path, value]) => [
      path,
      typeof value === 'object' && value.length === 1 ? (value[0] as string) : value,
    ]),
  );

const OSLO =
  '2026-11-26 07:59:58.500 25746 INFO nova.osapi_compute.wsgi.server [None req-1 u-7 p-7 - - default default] 198.51.100.7,10.8.0.20 "DELETE /v2.1/servers/9?force=1 HTTP/1.1" status: 403 len: 310 time: 0.25';

const PRODUCTS: Record<string, [record: object, dataset: string, expected: Fields]> = {
  'a Suricata alert': [
    ALERT,
    'suricata.eve',
    {
      'event.kind': 'alert',
      'event.category': ['network', 'intrusion_detection'],
      'event.type': ['denied'],
      'event.severity': 1,
      'rule.id': '9000001',
      'rule.name': 'Example: upload of a script',
      'threat.technique.id': ['T1505.003'],
      'source.ip': '203.0.113.9',
      'source.port': 40312,
      'source.bytes': 900,
      'destination.ip': '10.8.0.20',
      'network.bytes': 1000,
      'network.transport': 'tcp',
      'network.protocol': 'http',
      'url.domain': 'portal.example',
      'url.path': '/upload/a.php',
      'http.response.status_code': 403,
      'suricata.eve.alert.action': 'blocked',
      'suricata.eve.http.xff': '198.51.100.7',
      message: 'Example: upload of a script',
    },
  ],
  'a Zeek DNS record': [
    ZEEK_DNS,
    'zeek.dns',
    {
      'source.ip': '10.8.0.31',
      'destination.port': 53,
      'network.transport': 'udp',
      'network.protocol': 'dns',
      'dns.question.name': 'a.example',
      'dns.question.type': 'TXT',
      'dns.question.class': 'IN',
      'dns.response_code': 'NXDOMAIN',
      'dns.resolved_ip': ['192.0.2.1'],
      'event.outcome': 'failure',
      'event.id': 'CabcDEF1234567890a',
      'zeek.dns.trans_id': 4711,
      'zeek.dns.answers': ['192.0.2.1', 'b.example'],
    },
  ],
  'a CloudTrail record': [
    TRAIL,
    'aws.cloudtrail',
    {
      'event.action': 'AuthorizeSecurityGroupIngress',
      'event.provider': 'ec2.amazonaws.com',
      'event.outcome': 'failure',
      'event.category': ['configuration'],
      'user.name': 'deploy',
      'user.id': 'AROAEXAMPLE:session',
      'source.ip': '203.0.113.44',
      'cloud.account.id': '111122223333',
      'cloud.region': 'cn-north-1',
      'cloud.service.name': 'ec2',
      'tls.version': '1.3',
      'aws.cloudtrail.requestParameters.ipPermissions.items.ipRanges.items.cidrIp': '0.0.0.0/0',
    },
  ],
  'a Kubernetes audit record': [
    AUDIT,
    'kubernetes.audit',
    {
      'event.action': 'create',
      'event.outcome': 'failure',
      'event.category': ['process'],
      'event.type': ['start', 'denied'],
      'user.name': 'system:serviceaccount:prod:web',
      'source.ip': '10.8.0.20',
      'client.ip': '198.51.100.7',
      'url.query': 'command=sh',
      'orchestrator.namespace': 'prod',
      'orchestrator.resource.name': 'web-0',
      'kubernetes.audit.objectRef.subresource': 'exec',
      message: 'create pods/exec prod/web-0 403',
    },
  ],
  'an OpenStack notification': [
    NOTIFICATION,
    'openstack.notification',
    {
      'event.action': 'authenticate',
      'event.outcome': 'failure',
      'event.category': ['authentication'],
      'service.name': 'keystone',
      'user.name': 'liu',
      'source.ip': '203.0.113.9',
      'http.response.status_code': 401,
      'openstack.notification.publisher_id': 'identity.ctl-1',
      'openstack.cadf.outcome': 'failure',
    },
  ],
};
const TIMES: Record<string, number> = {
  'suricata.eve': Date.UTC(2026, 10, 26, 7, 59, 58, 123),
  'zeek.dns': Date.UTC(2026, 10, 26, 7, 59, 58, 500),
  'kubernetes.audit': Date.UTC(2026, 10, 26, 7, 59, 58, 500),
};

describe.each(Object.entries(PRODUCTS))('%s', (_, [record, dataset, expected]) => {
  const ways: Record<string, string | object> = {
    'as an object': record,
    'as a line': JSON.stringify(record),
    'as the message of a shipper': {
      '@timestamp': '2026-11-26T08:00:00.000Z',
      agent: { type: 'filebeat' },
      host: { name: 'sensor-1' },
      message: JSON.stringify(record),
    },
    'as event.original': { event: { original: JSON.stringify(record) }, tags: ['x'] },
    'as the log of Fluent Bit': { date: 1795680000.25, log: `${JSON.stringify(record)}\n` },
    'below `json`': { '@timestamp': '2026-11-26T08:00:00.000Z', json: record },
    'with the names of a shipper beside its own': {
      '@timestamp': '2026-11-26T08:00:00.000Z',
      '@version': '1',
      agent: { type: 'logstash' },
      ...record,
    },
    'by syslog': `<134>1 2026-11-26T07:59:59Z sensor-1 app 12 - - ${JSON.stringify(record)}`,
    'by syslog behind a cookie': `<134>Nov 26 07:59:59 sensor-1 app[12]: @cee: ${JSON.stringify(record)}`,
  };
  it.each(Object.entries(ways))('%s', (_way, shipped) => {
    const event = eventOf(shipped);
    expect(event.fields).toMatchObject(expected);
    expect(event.fields['event.dataset']).toBe(dataset);
    expect(event.fields['event.kind']).not.toBe('pipeline_error');
    expect(event.timeMs).toBe(TIMES[dataset] ?? Date.UTC(2026, 10, 26, 7, 59, 58));
  });

  it('stays what it is when it is sent again, as a replay does', () => {
    const first = eventOf({ '@timestamp': '2026-11-26T08:00:00.000Z', message: JSON.stringify(record) });
    const again = eventOf({ ...first.fields, '@timestamp': new Date(first.timeMs).toISOString() });
    // A bag of one is the value itself.
    expect(bagless(again.fields)).toEqual(bagless(first.fields));
    expect(again.timeMs).toBe(first.timeMs);
  });
});

describe('where shippers nest by the product', () => {
  it.each([
    ['Filebeat, Suricata', { suricata: { eve: ALERT } }, 'suricata.eve', 'suricata.eve.flow_id'],
    ['Zeek, below its log', { zeek: { dns: ZEEK_DNS } }, 'zeek.dns', 'zeek.dns.query'],
    ['Zeek, Kafka', { dns: ZEEK_DNS }, 'zeek.dns', 'zeek.dns.query'],
    ['Zeek, nested connection', { ...ZEEK_DNS, id: { orig_h: '10.8.0.31' } }, 'zeek.dns', 'source.ip'],
    ['CloudTrail', { aws: { cloudtrail: TRAIL } }, 'aws.cloudtrail', 'aws.cloudtrail.eventID'],
    [
      'CloudTrail by EventBridge',
      { 'detail-type': 'AWS API Call via CloudTrail', detail: TRAIL },
      'aws.cloudtrail',
      'event.provider',
    ],
    ['Kubernetes', { kubernetes: { audit: AUDIT } }, 'kubernetes.audit', 'kubernetes.audit.auditID'],
    [
      'OpenStack, enveloped',
      { 'oslo.version': '2.0', 'oslo.message': JSON.stringify(NOTIFICATION) },
      'openstack.notification',
      'openstack.cadf.id',
    ],
    ['OpenStack, bare', CADF, 'openstack.notification', 'openstack.cadf.id'],
  ])('%s', (_, shipped, dataset, path) => {
    const fields = fieldsOf(shipped);
    expect(fields['event.dataset']).toBe(dataset);
    expect(fields).toHaveProperty([path]);
  });
});

describe('Zeek', () => {
  it.each<[string, object, Fields]>([
    ['_path', { _path: 'known_hosts', ts: 1, host: '10.0.0.1' }, { 'event.dataset': 'zeek.known_hosts' }],
    ['@stream', { '@stream': 'loaded_scripts', name: 'x.zeek' }, { 'event.dataset': 'zeek.loaded_scripts' }],
    [
      'underscores',
      {
        '@stream': 'conn',
        ts: 1,
        uid: 'C1',
        id_orig_h: '10.0.0.1',
        id_resp_h: '::1',
        orig_bytes: 5,
        resp_bytes: 7,
      },
      { 'source.ip': '10.0.0.1', 'destination.ip': '::1', 'network.bytes': 12 },
    ],
    [
      'its own networks',
      { _path: 'conn', ts: 1, uid: 'C1', 'id.orig_h': '192.0.2.1', local_orig: true, local_resp: false },
      { 'network.direction': 'outbound' },
    ],
    [
      'a notice that names other hosts',
      { _path: 'notice', ts: 1, note: 'Scan::Port_Scan', msg: 'm', src: '192.0.2.1', dst: '10.0.0.1', p: 22 },
      {
        'event.kind': 'alert',
        'rule.name': 'Scan::Port_Scan',
        'source.ip': '192.0.2.1',
        'destination.port': 22,
      },
    ],
    [
      'a share and a file',
      {
        _path: 'smb_files',
        ts: 1,
        uid: 'C1',
        'id.orig_h': '10.0.0.1',
        path: '\\\\srv\\ADMIN$',
        name: 'a\\b.exe',
      },
      { 'file.path': '\\\\srv\\ADMIN$\\a\\b.exe', 'file.name': 'b.exe', 'file.extension': 'exe' },
    ],
    [
      'a certificate',
      {
        _path: 'x509',
        ts: 1,
        id: 'F1',
        'certificate.subject': 'CN=a\\, b,O=x',
        'certificate.not_valid_after': 4e9,
      },
      { 'file.x509.subject.common_name': 'a\\, b', 'file.x509.not_after': '2096-10-02T07:06:40.000Z' },
    ],
    [
      'whom a proxy speaks for',
      {
        _path: 'http',
        ts: 1,
        uid: 'C',
        'id.orig_h': '10.0.0.1',
        proxied: ['X-FORWARDED-FOR -> 203.0.113.5'],
      },
      { 'network.forwarded_ip': '203.0.113.5' },
    ],
  ])('knows %s', (_, record, expected) => expect(fieldsOf(record)).toMatchObject(expected));

  it('takes the log from the name of the file where the record does not tell', () => {
    const record = { ts: 1795679998.5, uid: 'C1', 'id.orig_h': '10.0.0.1', stratum: 2 };
    const text = JSON.stringify(record);
    const from = (path: string) => normalize({ text, path }, context).fields['event.dataset'];
    expect(from('/opt/zeek/logs/current/ntp.log')).toBe('zeek.ntp');
    expect(from('/opt/zeek/logs/2026-11-26/ntp.08:00:00-09:00:00.log.gz')).toBe('zeek.ntp');
    expect(from('/tmp/x')).toBe('zeek.unknown');
  });
});

describe('OpenStack lines', () => {
  const expected = {
    'event.dataset': 'openstack.api',
    'service.name': 'nova',
    'source.ip': '10.8.0.20',
    'client.ip': '198.51.100.7',
    'user.id': 'u-7',
    'cloud.project.id': 'p-7',
    'http.request.id': 'req-1',
    'http.request.method': 'DELETE',
    'http.response.status_code': 403,
    'url.path': '/v2.1/servers/9',
    'event.outcome': 'failure',
    'event.type': ['deletion'],
    'event.duration': 250_000_000,
  };
  it.each([
    ['as they are', OSLO],
    ['behind the name of the file', `nova-api.log.1 ${OSLO}`],
    ['as the message of a shipper', { '@timestamp': '2026-11-26T08:00:00Z', message: OSLO }],
    ['by syslog', `<134>Nov 26 07:59:58 ctl-1 nova-api[25746]: ${OSLO.slice(24)}`],
  ])('%s', (_, line) => expect(fieldsOf(line)).toMatchObject(expected));

  it('tell of a failed authorization', () => {
    const line =
      '2026-11-26 07:59:58.500 12 WARNING keystone.server.flask.application [req-1 - - - - -] Authorization failed. The request you have made requires authentication. from 203.0.113.9: keystone.exception.Unauthorized';
    expect(fieldsOf(line)).toMatchObject({
      'event.category': ['authentication'],
      'event.outcome': 'failure',
      'source.ip': '203.0.113.9',
    });
  });

  it('are read from the JSON formatter, too', () => {
    const record = {
      message: OSLO.slice(OSLO.indexOf(']') + 2),
      asctime: '2026-11-26 07:59:58,500',
      name: 'nova.osapi_compute.wsgi.server',
      levelname: 'INFO',
      process: 25746,
      context: { request_id: 'req-1', user: 'u-7', tenant: 'p-7' },
    };
    expect(fieldsOf(record)).toMatchObject(expected);
  });
});

describe('what is none of these', () => {
  it.each<[string, object | string]>([
    ['a document with a type', { event_type: 'login', timestamp: '2026-11-26T08:00:00Z', user: 'a' }],
    ['a number named ts', { ts: 1795679998.5, level: 'info', msg: 'started' }],
    ['a Kubernetes object', { kind: 'Event', apiVersion: 'v1', message: 'Pulled image' }],
    ['a version', { eventVersion: '2', eventName: 'x' }],
    ['a uid', { ts: 1, uid: 'me', name: 'x' }],
    ['a text with marks', { message: '{"event_type": "alert" is no JSON' }],
    ['a line of another program', '2026-11-26 08:00:00.500 12 INFO started in [3] s'],
  ])('%s', (_, record) => {
    const fields = fieldsOf(record);
    expect(String(fields['event.module'])).not.toMatch(/suricata|zeek|aws|kubernetes|openstack/);
    expect(fields['event.kind']).toBe('event');
  });
});

describe('hostile records', () => {
  const wrong: readonly unknown[] = [
    null,
    0,
    -1,
    true,
    '',
    'x',
    [],
    {},
    [[]],
    [{}],
    { a: { b: [1] } },
    'x'.repeat(100_000),
    1e308,
  ];
  const samples = [
    ...Object.values(PRODUCTS).map(([record]) => record),
    CADF,
    { _path: 'http', ts: 1, uid: 'C', 'id.orig_h': 'x' },
  ];

  it('with any value in any place are events, in bounded time', () => {
    for (const sample of samples)
      for (const name of Object.keys(sample))
        for (const value of wrong) {
          const event = eventOf({ ...sample, [name]: value });
          expect(Number.isFinite(event.timeMs)).toBe(true);
          for (const path in event.fields) expect(event.fields[path]).not.toBeNull();
        }
  });

  it('that nest deeply keep what fits and say so', () => {
    let deep: unknown = 'bottom';
    for (let level = 0; level < 200; level++) deep = { level: deep };
    const fields = fieldsOf({ ...ALERT, extra: deep });
    expect(fields['tags']).toContain('fields_cut');
    expect(fields['event.kind']).toBe('pipeline_error');
    expect(fields['source.ip']).toBe('203.0.113.9');
  });

  it('cannot take the names of an object', () => {
    const text = JSON.stringify({ ...ALERT, event_type: '__proto__' }).replace(
      '{',
      '{"__proto__":{"polluted":1},',
    );
    const fields = fieldsOf(text);
    expect(fields['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(fields['event.module']).toBe('suricata');
  });

  it('say where a notification within is broken', () => {
    const fields = fieldsOf({ 'oslo.version': '2.0', 'oslo.message': '{"publisher_id":' });
    expect(fields['event.kind']).toBe('pipeline_error');
    expect(fields['error.message']).toContain('notification');
  });
});
