/**
 * CPU time of decoding and normalising one record of each format, from its text to the event, over real records where
 * the test data has some. `--only NAME` takes those whose name holds it; medians of nine runs.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { normalize } from '#collector/normalizers/normalize.js';
import type { RawRecord, RecordFormat } from '#collector/normalizers/record.js';
import { testData } from '#test/data.js';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const RUNS = 9;
/** Records a run; short files are gone over several times. */
const RECORDS = 20_000;

interface Case {
  readonly name: string;
  readonly format?: RecordFormat;
  /** The records, or undefined where the test data is absent. */
  readonly records: () => readonly RawRecord[] | undefined;
}

const texts = (lines: readonly string[]): RawRecord[] =>
  lines.filter((line) => line !== '').map((text) => ({ text }));

/** Lines of a file of the test data, plain or gzip. */
function linesOf(...parts: string[]): readonly RawRecord[] | undefined {
  const data = testData(...parts);
  if (!data.present) return undefined;
  const bytes = readFileSync(data.path);
  return texts((data.path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n'));
}

/** Lines of every `.log` in a folder of the test data. */
function folderOf(...parts: string[]): readonly RawRecord[] | undefined {
  const data = testData(...parts);
  if (!data.present) return undefined;
  return readdirSync(data.path)
    .filter((name) => name.endsWith('.log'))
    .flatMap((name) => texts(readFileSync(join(data.path, name), 'utf8').split('\n')));
}

/** Records of CloudTrail's files, each as a line of its own. */
function cloudTrail(): readonly RawRecord[] | undefined {
  const data = testData('cloudtrail', 'aws-attack.tar.xz');
  if (!data.present) return undefined;
  const text = execFileSync('tar', ['xJOf', data.path, '--wildcards', '*CloudTrail/*.json'], {
    maxBuffer: 2 ** 28,
  }).toString('utf8');
  return texts(
    text
      .split(/(?<=\})\n?(?=\{"Records")/)
      .flatMap((document) => (JSON.parse(document) as { Records: unknown[] }).Records)
      .map((record) => JSON.stringify(record)),
  );
}

/** A line of our own where no recorded one is at hand; numbers keep the engine from remembering one text. */
const written = (line: (n: number) => string) => (): readonly RawRecord[] =>
  Array.from({ length: 2000 }, (_, n) => ({ text: line(n) }));

const CASES: readonly Case[] = [
  {
    name: 'sshd, syslog',
    records: written(
      (n) =>
        `<38>Jan 15 12:00:00 bastion sshd[${n}]: Failed password for invalid user admin${n} from 203.0.113.9 port ${n} ssh2`,
    ),
  },
  { name: 'Suricata EVE', records: () => folderOf('ecs-gold', 'suricata.eve') },
  { name: 'Zeek dns, JSON', records: () => linesOf('zeek-range', 'dns.json.gz') },
  { name: 'Zeek ssl, JSON', records: () => linesOf('zeek-range', 'ssl.json.gz') },
  { name: 'Zeek http, JSON', records: () => folderOf('ecs-gold', 'zeek.http') },
  { name: 'CloudTrail', records: cloudTrail },
  { name: 'Kubernetes audit', records: () => folderOf('ecs-gold', 'kubernetes.audit_logs') },
  {
    name: 'OpenStack API',
    records: written(
      (n) =>
        `2026-11-26 08:00:00.${String(n % 1000).padStart(3, '0')} 25746 INFO nova.osapi_compute.wsgi.server [req-38101a0b-2096-447d-96ea-${n} 113d3a99c3da401fbd62cc2caa5b96d2 54fadb412c4e40cdbaed9335e4c35a9e - - -] 10.11.10.1 "GET /v2.1/servers/detail?limit=${n} HTTP/1.1" status: 200 len: 1893 time: 0.2477829`,
    ),
  },
  { name: 'auditd', records: () => folderOf('ecs-gold', 'auditd.log') },
  { name: 'squid', records: () => folderOf('ecs-gold', 'squid.log') },
  { name: 'PostgreSQL', records: () => folderOf('ecs-gold', 'postgresql.log') },
  {
    name: 'BIND',
    records: written(
      (n) =>
        `23-Nov-2026 03:32:33.004 queries: info: client @0x7f52ad2d2098 10.20.6.21#${n} (www${n}.city.example): query: www${n}.city.example IN A +E(0)K (10.20.0.53)`,
    ),
  },
  {
    name: 'iptables',
    records: written(
      (n) =>
        `<4>Nov 26 08:00:00 fw-1 kernel: [12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=203.0.113.9 DST=10.8.0.20 LEN=60 TOS=0x00 PREC=0x00 TTL=51 ID=${n} DF PROTO=TCP SPT=${n} DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0`,
    ),
  },
  {
    name: 'HAProxy',
    records: written(
      (n) =>
        `<134>Nov 26 08:00:00 lb-1 haproxy[99]: 203.0.113.9:${n} [26/Nov/2026:07:59:58.655] https-in~ portal/web1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET /page/${n}?x=1 HTTP/1.1"`,
    ),
  },
  {
    name: 'MySQL',
    records: written(
      (n) =>
        `2026-11-26T07:59:58.123456Z ${n} [Note] [MY-010926] [Server] Access denied for user 'root'@'203.0.113.9' (using password: YES)`,
    ),
  },
  {
    name: 'CEF',
    records: written(
      (n) =>
        `<134>Nov 26 08:00:00 fw01 CEF:0|Vendor|Wall|1.2|100|Port scan|8|src=203.0.113.9 spt=${n} dst=10.8.0.20 dpt=22 proto=TCP act=Blocked msg=a scan of many ports rt=1795679998123 cs1Label=Rule cs1=deny all suser=liu in=12 out=90`,
    ),
  },
];

for (const { name, format, records } of CASES.filter((one) => one.name.includes(values.only))) {
  const all = records();
  if (!all || all.length === 0) {
    console.log(`${name.padEnd(24)} no test data`);
    continue;
  }
  const context = {
    receivedMs: Date.UTC(2026, 10, 26),
    unit: '/cn',
    realm: 'live',
    classification: 1,
    source: 'src_bench',
    ...(format && { format }),
  } as const;
  const run = (): number => {
    const before = process.cpuUsage();
    for (let n = 0; n < RECORDS; n++) normalize(all[n % all.length] as RawRecord, context);
    const used = process.cpuUsage(before);
    return (used.user + used.system) / RECORDS;
  };
  run();
  const took = Array.from({ length: RUNS }, run).sort((a, b) => a - b);
  const bytes = all.reduce((sum, one) => sum + (one.text ?? '').length, 0) / all.length;
  console.log(
    `${name.padEnd(24)} ${(took[RUNS >> 1] as number).toFixed(1).padStart(6)} µs CPU a record, ${Math.round(bytes)} characters, ${all.length} records`,
  );
}
