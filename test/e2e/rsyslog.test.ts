/** A real rsyslog ships to the syslog source over TCP and to the `_bulk` source by omelasticsearch, unchanged. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from '#kernel/schema/pieces.js';
import { setUp, type Client } from '../client.js';
import { findProgram } from '../programs.js';
import { skipUnless } from '../skip.js';
import { startServer, until, type RunningServer } from '../server.js';

const rsyslogd = findProgram('rsyslogd');
const logger = findProgram('logger');
const output = [
  '/usr/lib/x86_64-linux-gnu/rsyslog',
  '/usr/lib/aarch64-linux-gnu/rsyslog',
  '/usr/lib64/rsyslog',
].find((folder) => existsSync(join(folder, 'omelasticsearch.so')));
const ready = skipUnless(
  rsyslogd.path !== undefined && logger.path !== undefined && output !== undefined,
  'rsyslogd, its omelasticsearch module or logger is not installed (apt-get install rsyslog rsyslog-elasticsearch)',
);
const COUNT = 200;

/** Both outputs are as a person would write them; the socket and the working folder are the test's own. */
function configuration(folder: string, server: RunningServer): string {
  return `
module(load="imuxsock" SysSock.Use="off")
module(load="omelasticsearch")
global(workDirectory="${folder}")
input(type="imuxsock" Socket="${folder}/log" CreatePath="off" RateLimit.Interval="0")
template(name="fenghuo" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host.name" name="hostname" format="jsonf")
  property(outname="log.syslog.appname" name="programname" format="jsonf")
  property(outname="process.pid" name="procid" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
action(type="omfwd" target="127.0.0.1" port="${server.ports.syslog}" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format")
action(type="omelasticsearch" server="127.0.0.1" serverport="${server.ports.ingest}" template="fenghuo" searchIndex="logs-rsyslog" searchType="" bulkmode="on" queue.type="linkedlist" queue.timeoutshutdown="5000" action.resumeretrycount="-1")
`;
}

ready.describe('rsyslog', () => {
  let server: RunningServer;
  let client: Client;
  let folder: string;
  let daemon: ChildProcess;
  let said = '';

  beforeAll(async () => {
    server = await startServer();
    client = await setUp(server);
    folder = await mkdtemp(join(tmpdir(), 'fenghuo-rsyslog-'));
    await writeFile(join(folder, 'rsyslog.conf'), configuration(folder, server));
    daemon = spawn(rsyslogd.path ?? '', [
      '-n',
      '-f',
      join(folder, 'rsyslog.conf'),
      '-i',
      join(folder, 'pid'),
    ]);
    daemon.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(async () => existsSync(join(folder, 'log')), 'the socket of rsyslogd');
  }, 90_000);
  afterAll(async () => {
    daemon.kill('SIGTERM');
    await server.stop();
    await server.clean();
    await rm(folder, { recursive: true, force: true });
  });

  it('delivers every line over both ways, and our rules see them', async () => {
    const run = promisify(execFile);
    for (let line = 0; line < COUNT; line++) {
      const message =
        line % 50 === 0
          ? `mallory : user NOT in sudoers ; TTY=pts/${line} ; PWD=/tmp ; USER=root ; COMMAND=/bin/sh`
          : `line ${line} 中文`;
      await run(logger.path ?? '', [
        '-u',
        join(folder, 'log'),
        '-t',
        line % 50 === 0 ? 'sudo' : 'worker',
        '--',
        message,
      ]);
    }
    const found = async (query: string): Promise<number> =>
      (await client.get<Page<unknown>>(`/events/search?limit=1&q=${encodeURIComponent(query)}`)).total;
    const lines = COUNT - COUNT / 50;
    await until(
      async () => (await found('message: *中文*')) >= 2 * lines,
      `${2 * lines} lines; rsyslogd said: ${said}`,
      60_000,
    );
    expect(await found('message: *中文*')).toBe(2 * lines);
    expect(await found('process.name: sudo and event.outcome: failure')).toBe(2 * (COUNT / 50));
    const alerts = await until(async () => {
      const page = await client.get<Page<{ title: string; count: number }>>('/alerts?status=open');
      return page.items.reduce((sum, alert) => sum + alert.count, 0) >= 2 * (COUNT / 50) && page;
    }, 'the alerts');
    expect(alerts.total).toBeGreaterThan(0);
    expect(await found('event.kind: pipeline_error')).toBe(0);
  }, 120_000);
});
