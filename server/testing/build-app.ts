/** The real wiring over memory stores, for tests: no listener, a fake clock, closed after the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import Value from 'typebox/value';
import { afterAll } from 'vitest';
import { openJournal } from '#collector/journal/journal.js';
import type { Journal } from '#kernel/ports/journal.js';
import { createMemoryEventStore } from '#store/memory/event-store.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { createIdentifiers } from '#trust/crypto/identifiers.js';
import { createIdentity, type Identity } from '#trust/identity/identity.js';
import { registerApi, type ApiServices } from '../api.js';
import { buildApp, type App } from '../app.js';
import { readConfig, type Config } from '../config.js';
import type { Ground } from '../ground.js';
import { openJobs } from '../jobs.js';
import { createLog } from '../log.js';
import { createMetrics } from '../metrics.js';
import type { Limits } from '../plugins/limits.js';
import { createPlatform, type Platform } from '../platform.js';
import { healthRoutes } from '../routes/health.js';
import { createStreamHub, type StreamHub } from '../stream.js';
import { wireDetection, type Detection } from '../wiring/detection.js';
import { layGround } from '../wiring/ground.js';
import { wireNotices } from '../wiring/notices.js';
import { wireRecordings } from '../wiring/recordings.js';
import { apiServices } from '../wiring/services.js';
import { wireSources, type WiredSources } from '../wiring/sources.js';
import { createFakeClock, type FakeClock } from './fake-clock.js';

export interface TestApp extends App {
  readonly ground: Ground;
  readonly journal: Journal;
  readonly clock: FakeClock;
  readonly identity: Identity;
  readonly services: ApiServices;
  readonly detection: Detection;
  readonly wired: WiredSources;
  readonly hub: StreamHub;
  readonly platform: Platform;
  readonly home: string;
  /** Answers that did not have the form their route declares. */
  readonly malformed: string[];
  close(): Promise<void>;
}

export interface TestAppOptions {
  readonly limits?: Limits;
  readonly build?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Wide enough that no test meets them by chance. */
const NO_LIMITS: Limits = { requests: 1e6, signIns: 1e6, signInsPerName: 1e6 };
const DISK = { freeBytes: 50e9, totalBytes: 100e9 };

/** Closed after all tests of the file or suite that calls it. */
export async function buildTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const home = await mkdtemp(join(tmpdir(), 'fenghuo-app-'));
  const config: Config = readConfig({ FENGHUO_HOME: home, FENGHUO_WATCH_RULES: 'no', ...options.env });
  const clock = createFakeClock();
  const log = createLog('silent');
  const stores = { records: createMemoryRecordStore(), events: createMemoryEventStore() };
  const ground = await layGround({ config, clock, ids: createIdentifiers(clock), log }, stores);
  const journal = await openJournal({
    folder: join(home, 'journal'),
    clock,
    ids: ground.ids,
    bus: ground.bus,
  });
  const detection = await wireDetection(ground, journal);
  const wired = wireSources(ground, journal);
  const platform = createPlatform({ ...ground, journal, host: 'test', source: 'src_platform' });
  const identity = createIdentity(ground);
  const jobs = await openJobs({ ...ground, onError: () => undefined });
  const hub = createStreamHub(ground.bus, clock.nowMs());
  const services = apiServices({
    ...{ ground, journal, detection, identity, jobs, platform, hub },
    recordings: await wireRecordings(ground, journal, wired.sources, jobs, detection),
    control: wired.control,
    outbox: wireNotices(ground, 'http://localhost'),
    disk: async () => DISK,
    ingest: () => config.ingest,
    syslog: () => config.syslog,
  });
  const malformed: string[] = [];
  const metrics = createMetrics({ ...ground, journal, lag: detection.lag, streams: hub.clients });
  const app = await buildApp({
    log,
    audit: ground.audit,
    authenticator: services.authenticator,
    trustedProxies: config.trustedProxies,
    limits: options.limits ?? NO_LIMITS,
    build: options.build ?? join(home, 'no-console'),
    checkAnswer(schema, answer) {
      // As the client sees it: what JSON leaves away is not there.
      const seen: unknown = JSON.parse(JSON.stringify(answer));
      const [wrong] = Value.Errors(schema as TSchema, seen);
      if (wrong)
        malformed.push(`${wrong.instancePath}: ${wrong.message} in ${JSON.stringify(seen).slice(0, 300)}`);
    },
    api: (api) => registerApi(api, services),
    outside: (server) => healthRoutes(server, { ...ground, lag: detection.lag, metrics }),
  });
  await app.server.ready();
  let closed = false;
  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    await app.server.close();
    await wired.control.stopAll();
    await jobs.close();
    await platform.close();
    await detection.stop();
    await journal.close();
    await rm(home, { recursive: true, force: true });
  }
  afterAll(close);
  return {
    ...app,
    ground,
    journal,
    clock,
    identity,
    services,
    detection,
    wired,
    hub,
    platform,
    home,
    malformed,
    close,
  };
}
