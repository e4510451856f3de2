import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultError, sentenceOf } from '#kernel/errors.js';
import { isLoopback, parseAddress } from './address.js';
import { readConfig, refuseInsecure, unknownVariables } from './config.js';
import { packageRoot } from './paths.js';

function faultOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof FaultError) return error.fault;
    throw error;
  }
  return undefined;
}

describe('the environment as configuration', () => {
  it('has a default for everything', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      home: join(packageRoot, 'var'),
      listen: { host: '127.0.0.1', port: 8470 },
      ingest: { host: '127.0.0.1', port: 8471 },
      syslog: { host: '127.0.0.1', port: 5514 },
      retentionDays: 180,
      diskFloor: { bytes: 2 ** 30 },
      rules: [],
      trustedProxies: [],
      insecureListen: false,
      ingestOpen: false,
    });
    expect(faultOf(() => refuseInsecure(config))).toBeUndefined();
  });

  const good: Record<string, [Record<string, string>, object]> = {
    'ingest off': [{ FENGHUO_INGEST: 'off', FENGHUO_SYSLOG: 'off' }, { home: join(packageRoot, 'var') }],
    'a port alone': [{ FENGHUO_LISTEN: '9000' }, { listen: { host: '127.0.0.1', port: 9000 } }],
    IPv6: [{ FENGHUO_LISTEN: '[::1]:9000' }, { listen: { host: '::1', port: 9000 } }],
    'rule folders': [{ FENGHUO_RULES: `/a${delimiter}/b` }, { rules: ['/a', '/b'] }],
    pipelines: [{ FENGHUO_PIPELINES: `/a.yml${delimiter}/b` }, { pipelines: ['/a.yml', '/b'] }],
    'folders of log files': [
      { FENGHUO_FILE_ROOTS: `/a${delimiter}/b/../c` },
      { fileRoots: ['/var/log', '/a', '/c'] },
    ],
    proxies: [
      { FENGHUO_TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8' },
      { trustedProxies: ['10.0.0.0/8', 'fd00::/8'] },
    ],
    'a share of the disk': [{ FENGHUO_DISK_FLOOR: '5%' }, { diskFloor: { share: 0.05 } }],
    'an empty variable is none': [{ FENGHUO_LISTEN: ' ' }, { listen: { host: '127.0.0.1', port: 8470 } }],
  };
  it.each(Object.entries(good))('reads %s', (_name, [environment, expected]) => {
    expect(readConfig(environment)).toMatchObject(expected);
  });

  const bad: Record<string, Record<string, string>> = {
    FENGHUO_LISTEN: { FENGHUO_LISTEN: 'localhost' },
    FENGHUO_INGEST: { FENGHUO_INGEST: '127.0.0.1:70000' },
    FENGHUO_STORE: { FENGHUO_STORE: 'https://elastic:9200' },
    FENGHUO_FILE_ROOTS: { FENGHUO_FILE_ROOTS: 'logs' },
    FENGHUO_TRUSTED_PROXIES: { FENGHUO_TRUSTED_PROXIES: '10.0.0.1' },
    FENGHUO_RETENTION_DAYS: { FENGHUO_RETENTION_DAYS: '0' },
    FENGHUO_FLOOD_LIMIT: { FENGHUO_FLOOD_LIMIT: '9' },
    FENGHUO_DISK_FLOOR: { FENGHUO_DISK_FLOOR: 'much' },
    FENGHUO_TLS_CERT: { FENGHUO_TLS_CERT: '/nowhere/server.crt' },
    FENGHUO_NOTIFY_WEBHOOK: { FENGHUO_NOTIFY_WEBHOOK: 'ftp://x' },
    FENGHUO_NOTIFY_WEBHOOK_SECRET_FILE: {
      FENGHUO_NOTIFY_WEBHOOK: 'http://x',
      FENGHUO_NOTIFY_WEBHOOK_SECRET_FILE: '/nowhere',
    },
    FENGHUO_MAIL_TO: { FENGHUO_SMTP_URL: 'smtp://mail', FENGHUO_MAIL_FROM: 'a@example.org' },
    FENGHUO_INSECURE_LISTEN: { FENGHUO_INSECURE_LISTEN: 'yes' },
    FENGHUO_LOG: { FENGHUO_LOG: 'loud' },
  };
  it.each(Object.entries(bad))('refuses a wrong %s with its name and a remedy', (name, environment) => {
    const fault = faultOf(() => readConfig(environment));
    expect(fault).toMatchObject({ code: 'config_invalid', data: { name } });
    expect(sentenceOf(fault!, 'remedy').length).toBeGreaterThan(10);
  });

  it('takes secrets from files and does not keep their line end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fenghuo-config-'));
    writeFileSync(join(folder, 'secret'), 'hush\n');
    const config = readConfig({
      FENGHUO_NOTIFY_WEBHOOK: 'https://x/y',
      FENGHUO_NOTIFY_WEBHOOK_SECRET_FILE: join(folder, 'secret'),
    });
    expect(config.webhook).toEqual({ url: 'https://x/y', secret: 'hush' });
  });

  it('does not open off loopback without TLS, unless told', () => {
    const open = { FENGHUO_LISTEN: '0.0.0.0:8470' };
    expect(faultOf(() => refuseInsecure(readConfig(open)))).toMatchObject({
      code: 'insecure_listen',
      data: { missing: 'TLS' },
    });
    const ingest = { FENGHUO_INGEST: '192.0.2.1:8471' };
    expect(faultOf(() => refuseInsecure(readConfig(ingest)))?.code).toBe('insecure_listen');
    const told = { ...open, FENGHUO_INSECURE_LISTEN: 'yes-without-tls' };
    expect(faultOf(() => refuseInsecure(readConfig(told)))).toBeUndefined();
  });

  it('names variables that mean nothing', () => {
    expect(
      unknownVariables({ FENGHUO_LISTN: 'x', FENGHUO_TEST_DATA: 'y', FENGHUO_HOME: 'z', PATH: '' }),
    ).toEqual(['FENGHUO_LISTN']);
  });
});

describe('addresses', () => {
  const loopback = {
    '127.0.0.1': true,
    '127.9.9.9': true,
    '::1': true,
    localhost: true,
    '::ffff:127.0.0.1': true,
    '0.0.0.0': false,
    '::': false,
    'example.org': false,
  };
  it.each(Object.entries(loopback))('%s on loopback: %s', (host, expected) =>
    expect(isLoopback(host)).toBe(expected),
  );
  it.each(['', ':', 'a:b', '1.2.3.4:99999', '::1:80', '[zz]:1'])('refuses `%s`', (text) =>
    expect(parseAddress(text)).toBeUndefined(),
  );
});
