/** Our events against the ECS documents that Elastic's integrations make of the same raw records, where the data is at hand. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Fields } from '#kernel/event.js';
import { testData } from '#test/data.js';
import { flatten } from './flatten.js';
import { normalize } from './normalize.js';
import type { RawRecord, RecordFormat } from './record.js';

const RECEIVED_MS = Date.UTC(2023, 11, 31);

interface Case {
  readonly folder: string;
  readonly format: RecordFormat;
  /** Paths that must be equal wherever the gold document has them. */
  readonly paths: readonly string[];
  /** A sample whose records span lines, as ours do not. */
  readonly without?: string;
  /** Compare the event time too; not where the clock has no year. */
  readonly times?: boolean;
}

const WINDOWS = [
  'event.code',
  'event.outcome',
  'event.provider',
  'host.name',
  'user.name',
  'user.domain',
  'user.id',
  'source.ip',
  'source.port',
  'process.executable',
  'process.name',
  'process.pid',
  'process.command_line',
  'process.parent.executable',
  'process.parent.pid',
  'process.parent.command_line',
  'process.entity_id',
  'process.hash.md5',
  'process.hash.sha256',
  'destination.ip',
  'destination.port',
  'network.transport',
  'network.direction',
  'dns.question.name',
  'file.directory',
  'file.name',
  'registry.path',
  'registry.hive',
  'registry.key',
  'registry.value',
  'registry.data.strings',
  'winlog.channel',
  'winlog.record_id',
  'winlog.computer_name',
];
const CASES: readonly Case[] = [
  {
    folder: 'system.auth',
    format: 'syslog',
    paths: [
      'source.ip',
      'source.port',
      'event.action',
      'event.outcome',
      'process.name',
      'process.pid',
      'host.hostname',
      'system.auth.ssh.event',
      'system.auth.ssh.method',
      'system.auth.ssh.signature',
      'system.auth.ssh.dropped_ip',
      'system.auth.sudo.command',
      'system.auth.sudo.tty',
      'system.auth.sudo.pwd',
      'system.auth.sudo.user',
      'system.auth.sudo.error',
      'user.effective.name',
      'group.name',
      'group.id',
    ],
  },
  {
    folder: 'nginx.access',
    format: 'auto',
    times: true,
    paths: [
      'source.ip',
      'url.original',
      'url.path',
      'http.request.method',
      'http.response.status_code',
      'http.response.body.bytes',
      'http.request.referrer',
      'http.version',
      'user_agent.original',
      'event.outcome',
      'event.category',
      'event.type',
    ],
  },
  {
    folder: 'windows.sysmon_operational',
    format: 'json',
    paths: [...WINDOWS, 'event.category', 'event.type'],
  },
  {
    folder: 'windows.powershell',
    format: 'json',
    paths: [
      'event.code',
      'process.command_line',
      'process.title',
      'user.name',
      'event.category',
      'event.type',
    ],
  },
  {
    folder: 'windows.forwarded',
    format: 'json',
    paths: [
      'event.code',
      'process.title',
      'event.category',
      'event.type',
      'event.outcome',
      'user.name',
      'user.id',
    ],
  },
  {
    folder: 'system.security',
    format: 'json',
    paths: [
      ...WINDOWS.filter((path) => path !== 'file.name'),
      'event.category',
      'event.type',
      'event.action',
      'source.domain',
    ],
  },
  {
    folder: 'auditd.log',
    format: 'auditd',
    times: true,
    paths: [
      'auditd.log.sequence',
      'auditd.log.record_type',
      'auditd.log.ses',
      'event.outcome',
      'process.pid',
      'process.executable',
      'process.args',
      'source.ip',
      'user.audit.id',
      'user.terminal',
    ],
  },
  {
    folder: 'cef.log',
    format: 'cef',
    paths: [
      'cef.device.event_class_id',
      'cef.device.product',
      'cef.device.vendor',
      'cef.extensions.deviceAction',
      'cef.extensions.deviceCustomString1',
      'cef.extensions.message',
      'cef.name',
      'cef.severity',
      'event.code',
      'event.severity',
      'source.ip',
      'source.port',
      'destination.ip',
      'destination.port',
      'observer.vendor',
      'source.user.name',
    ],
  },
  {
    folder: 'haproxy.log',
    format: 'haproxy',
    paths: [
      'haproxy.backend_name',
      'haproxy.server_name',
      'haproxy.error_message',
      'haproxy.termination_state',
      'http.response.bytes',
      'http.response.status_code',
      'event.outcome',
      'source.ip',
      'source.port',
    ],
  },
  {
    folder: 'postgresql.log',
    format: 'postgresql',
    without: 'csv',
    paths: ['log.level', 'process.pid', 'postgresql.log.database', 'user.name'],
  },
];

/** Where we differ on purpose. */
function differs(path: string, ours: Fields, gold: Fields): boolean {
  // Windows writes `-` for none, which is no value; and PAM an empty name.
  if (gold[path] === '' || gold[path] === '-') return true;
  // PostgreSQL writes `[unknown]` before a session has a user.
  if (gold[path] === 'unknown' && ours['event.module'] === 'postgresql') return true;
  // A whole sentence is no kind of event.
  if (path === 'system.auth.ssh.event' && String(gold[path]).startsWith('error:')) return true;
  // Whom a long command's arguments were cut for: the mark is the shipper's own.
  if (path === 'process.args' && JSON.stringify(gold[path]).includes('truncated')) return true;
  // The nearest opener of a session is not the numeric id of nobody.
  return path === 'user.id' && ours['event.action'] === 'session_opened';
}

function records(folder: string, without?: string): [string, RawRecord, Record<string, unknown>][] {
  const found: [string, RawRecord, Record<string, unknown>][] = [];
  for (const name of readdirSync(folder).filter(
    (file) => file.endsWith('.expected.json') && !(without && file.includes(without)),
  )) {
    const base = name.slice(0, -'.expected.json'.length);
    const { expected } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      expected: (Record<string, unknown> | null)[];
    };
    const files = readdirSync(folder);
    const raws: RawRecord[] = files.includes(`${base}.log`)
      ? readFileSync(join(folder, `${base}.log`), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((text) => ({ text }))
      : (
          JSON.parse(readFileSync(join(folder, `${base}.json`), 'utf8')) as {
            events: Record<string, unknown>[];
          }
        ).events.map((value) => ({ value }));
    expected.forEach((gold, index) => {
      if (gold) found.push([`${base}[${index}]`, raws[index] as RawRecord, gold]);
    });
  }
  return found;
}

const comparable = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.length === 1
      ? String(value[0])
      : [...value].map(String).sort()
    : value === undefined
      ? undefined
      : String(value);

for (const { folder, format, paths, times, without } of CASES) {
  const data = testData('ecs-gold', folder);
  data.when.it(`agrees with the documents of ${folder}`, () => {
    const problems: string[] = [];
    const all = records(data.path, without);
    for (const [name, raw, expected] of all) {
      const event = normalize(raw, {
        receivedMs: RECEIVED_MS,
        unit: '/',
        realm: 'live',
        classification: 1,
        source: 'src_gold',
        format,
      });
      const gold: Fields = {};
      flatten(expected, gold);
      for (const path of paths) {
        if (gold[path] === undefined || differs(path, event.fields, gold)) continue;
        const [ours, theirs] = [comparable(event.fields[path]), comparable(gold[path])];
        if (JSON.stringify(ours) !== JSON.stringify(theirs))
          problems.push(`${name} ${path}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`);
      }
      if (times && event.timeMs !== Date.parse(String(expected['@timestamp'])))
        problems.push(`${name} time ${new Date(event.timeMs).toISOString()}`);
      if (event.fields['event.kind'] !== 'event')
        problems.push(`${name} ${String(event.fields['error.message'])}`);
    }
    expect(all.length).toBeGreaterThan(1);
    expect(problems).toEqual([]);
  });
}
