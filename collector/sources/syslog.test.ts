/** Syslog over UDP and TCP: framing, back-pressure, counted losses, and a real rsyslog as sender. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fault } from '#kernel/errors.js';
import { ok } from '#kernel/result.js';
import { findProgram } from '#test/programs.js';
import { httpIngest } from './http.js';
import { MemoryIntake, placement } from './intake.fixture.js';
import { SourceCounters } from './observer.js';
import { SyslogTcpSource, type SyslogTcpOptions } from './syslog-tcp.js';
import { SyslogUdpSource } from './syslog-udp.js';

const LOGIN = '<38>1 2026-11-22T10:00:00Z gov sshd 7 - - Failed password for root from 192.0.2.1 port 9 ssh2';
let intake: MemoryIntake;
let counters: SourceCounters;
let cleanup: (() => Promise<unknown>)[];

beforeEach(() => {
  intake = new MemoryIntake();
  counters = new SourceCounters();
  cleanup = [];
});
afterEach(async () => {
  for (const step of cleanup.reverse()) await step();
});

const options = (more: Partial<SyslogTcpOptions> = {}): SyslogTcpOptions => ({
  host: '127.0.0.1',
  port: 0,
  placement,
  intake,
  observer: counters,
  limits: { ageMs: 5 },
  ...more,
});

async function tcp(more: Partial<SyslogTcpOptions> = {}): Promise<SyslogTcpSource> {
  const source = new SyslogTcpSource(options(more));
  expect(await source.start()).toEqual(ok(undefined));
  cleanup.push(() => source.stop());
  return source;
}

async function dial(source: { port: number | undefined }): Promise<Socket> {
  const socket = connect(source.port as number, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('TCP', () => {
  it('takes both framings on one connection, and the rest at its end', async () => {
    const socket = await dial(await tcp());
    socket.write(`${LOGIN.length} ${LOGIN}${LOGIN}\n${LOGIN.length} ${LOGIN}\n`);
    socket.end(LOGIN);
    await intake.until(4);
    expect(intake.events.map((event) => event.fields['source.ip'])).toEqual(Array(4).fill('192.0.2.1'));
    expect(intake.events[0]?.fields['log.source.address']).toBe('127.0.0.1');
    expect(counters).toMatchObject({ events: 4, pipelineErrors: 0, lostRecords: 0 });
  });

  it('cuts a message of 10 MB and goes on with the next', async () => {
    const socket = await dial(await tcp({ messageBytes: 65_536 }));
    socket.write(`<38>Nov 22 10:00:00 gov app: ${'x'.repeat(10 << 20)}\n${LOGIN}\n`);
    await intake.until(2);
    const [cut, next] = intake.events;
    expect(cut?.fields['event.kind']).toBe('pipeline_error');
    expect(cut?.fields['error.message']).toBe('the line is longer than 65536 bytes');
    expect(String(cut?.fields['event.original'])).toHaveLength(65_536);
    expect(cut?.fields['process.name']).toBe('app');
    expect(next?.fields['event.outcome']).toBe('failure');
    expect(counters.pipelineErrors).toBe(1);
  });

  it('stops reading while the journal is full, and loses nothing', async () => {
    intake.refusal = fault('journal_full');
    const source = await tcp({ limits: { ageMs: 1, events: 10, queueEvents: 20 } });
    const socket = await dial(source);
    for (let n = 0; n < 500; n++) socket.write(`${LOGIN}\n`);
    while (counters.current !== 'waiting') await new Promise(setImmediate);
    expect(counters.fault?.code).toBe('journal_full');
    expect(intake.events).toEqual([]);
    intake.refusal = undefined;
    await intake.until(500);
    expect(counters).toMatchObject({ current: 'running', events: 500, lostRecords: 0 });
    expect(Math.max(...intake.batches)).toBeLessThanOrEqual(10);
  });

  it('refuses connections beyond the limit, and counts them', async () => {
    const source = await tcp({ maxConnections: 1 });
    await dial(source);
    const second = await dial(source);
    await once(second, 'close');
    expect(source.connections).toBe(1);
    expect(counters.lostBy.get('tcp_connection_refused')).toBe(1);
  });

  it('says that the port is in use', async () => {
    const first = await tcp();
    const second = new SyslogTcpSource(options({ port: first.port as number }));
    expect(await second.start()).toMatchObject({
      ok: false,
      fault: { code: 'port_in_use', data: { variable: 'FENGHUO_SYSLOG' } },
    });
  });

  it('delivers what it has read before it stops', async () => {
    const source = new SyslogTcpSource(options({ limits: { ageMs: 60_000 } }));
    await source.start();
    const socket = await dial(source);
    socket.end(`${LOGIN}\n`);
    await once(socket, 'close');
    while (source.connections > 0) await new Promise(setImmediate);
    await source.stop();
    expect(intake.events).toHaveLength(1);
  });
});

describe('UDP', () => {
  async function udp(
    limits = {},
  ): Promise<{ source: SyslogUdpSource; send: (text: string | Buffer) => Promise<unknown> }> {
    const source = new SyslogUdpSource(options({ limits: { ageMs: 1, ...limits } }));
    expect(await source.start()).toEqual(ok(undefined));
    const socket = createSocket('udp4');
    cleanup.push(() => source.stop());
    cleanup.push(() => Promise.resolve(socket.close()));
    const send = (text: string | Buffer) =>
      new Promise((resolve) => socket.send(text, source.port, '127.0.0.1', resolve));
    return { source, send };
  }

  it('takes one message a datagram, whatever is in it', async () => {
    const { send } = await udp();
    for (const text of [`${LOGIN}\n`, 'no syslog at all', Buffer.from([0x3c, 0x33, 0x3e, 0xff, 0xc0])])
      await send(text);
    await intake.until(3);
    expect(intake.events.map((event) => [event.fields['event.kind'], event.fields['tags']])).toEqual([
      ['event', undefined],
      ['pipeline_error', undefined],
      ['event', ['invalid_utf8', 'syslog_no_header']],
    ]);
    expect(intake.events[1]?.fields['event.original']).toBe('no syslog at all');
    expect(intake.events[1]?.fields['host.name']).toBe('127.0.0.1');
  });

  it('counts what it cannot keep while the journal is full', async () => {
    intake.refusal = fault('disk_full');
    const { send } = await udp({ queueEvents: 5 });
    for (let n = 0; n < 12; n++) await send(LOGIN);
    while ((counters.lostBy.get('udp_queue_full') ?? 0) < 7) await new Promise(setImmediate);
    intake.refusal = undefined;
    await intake.until(5);
    expect(counters.lostBy).toEqual(new Map([['udp_queue_full', 7]]));
  });
});

const rsyslogd = findProgram('rsyslogd');
rsyslogd.when.describe('rsyslog', () => {
  /** Runs rsyslogd with the configuration, hands it lines over its own TCP input, and waits for our events. */
  async function ship(output: string, lines: readonly string[]): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'rsyslog-'));
    cleanup.push(() => rm(folder, { recursive: true, force: true }));
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as { port: number };
    await new Promise((resolve) => free.close(resolve));
    await writeFile(
      join(folder, 'conf'),
      `global(workDirectory="${folder}")\nmodule(load="imtcp")\ninput(type="imtcp" address="127.0.0.1" port="${port}")\n${output}\n`,
    );
    const daemon = spawn(
      rsyslogd.path as string,
      ['-n', '-f', join(folder, 'conf'), '-i', join(folder, 'pid')],
      { stdio: 'ignore' },
    );
    const ended = once(daemon, 'exit');
    cleanup.push(async () => {
      daemon.kill();
      await ended;
    });
    for (;;) {
      const socket = connect(port, '127.0.0.1');
      const up = await Promise.race([
        once(socket, 'connect').then(() => true),
        once(socket, 'error').then(() => false),
      ]).catch(() => false);
      if (!up) continue;
      socket.end(lines.map((line) => `${line}\n`).join(''));
      await once(socket, 'close');
      break;
    }
    await intake.until(lines.length);
  }
  const LINES = [
    '<38>Nov 22 10:00:00 gov sshd[7]: Failed password for invalid user admin from 192.0.2.1 port 9 ssh2',
    '<85>Nov 22 10:00:01 gov sudo:    alice : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
    '<30>Nov 22 10:00:02 gov app[3]: 中文日志',
  ];

  it.each([
    ['octet-counted', 'TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"'],
    ['LF-framed', 'template="RSYSLOG_ForwardFormat"'],
  ])('forwards over TCP, %s', async (_name, settings) => {
    const source = await tcp();
    await ship(
      `action(type="omfwd" target="127.0.0.1" port="${source.port}" protocol="tcp" ${settings})`,
      LINES,
    );
    expect(intake.events.map((event) => event.fields['event.action'])).toEqual([
      'ssh_login',
      'sudo_command',
      undefined,
    ]);
    expect(intake.events.map((event) => event.fields['host.name'])).toEqual(['gov', 'gov', 'gov']);
    expect(intake.messages[2]).toBe('中文日志');
  });

  it('ships through _bulk with its Elasticsearch output', async () => {
    const app = fastify();
    cleanup.push(() => app.close());
    await app.register(httpIngest, {
      intake,
      observe: () => counters,
      authorize: () =>
        Promise.resolve(ok({ unit: '/', realm: 'live', classification: 1 as const, sourceId: 'src_http' })),
    });
    const unknown: string[] = [];
    app.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode >= 400) unknown.push(`${request.method} ${request.url}`);
      done();
    });
    await app.listen({ host: '127.0.0.1', port: 18_202 });
    await ship(
      `module(load="omelasticsearch")
template(name="ecs" type="list" option.jsonf="on") {
  property(outname="@timestamp" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="programname" name="programname" format="jsonf")
  property(outname="procid" name="procid" format="jsonf")
  property(outname="facility" name="syslogfacility-text" format="jsonf")
  property(outname="severity" name="syslogseverity-text" format="jsonf")
  property(outname="message" name="msg" format="jsonf")
}
action(type="omelasticsearch" server="127.0.0.1" serverport="18202" template="ecs" bulkmode="on" searchIndex="syslog" searchType="" esVersion.major="8")`,
      LINES,
    );
    expect(intake.events.map((event) => event.fields['event.action'])).toEqual([
      'ssh_login',
      'sudo_command',
      undefined,
    ]);
    expect(intake.events[0]?.fields).toMatchObject({
      'source.ip': '192.0.2.1',
      'user.name': 'admin',
      'host.name': 'gov',
      'process.pid': 7,
    });
    expect(unknown).toEqual([]);
  });
});
