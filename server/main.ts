/** The composition root: starts every part in order, and ends them in reverse. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { openJournal } from '#collector/journal/journal.js';
import { openEmbeddedEventStore } from '#store/embedded/event-store.js';
import { lockHome } from '#store/embedded/home-lock.js';
import { openEmbeddedRecordStore } from '#store/embedded/record-store.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import { createIdentifiers } from '#trust/crypto/identifiers.js';
import { createIdentity } from '#trust/identity/identity.js';
import { printAddress, type Address } from './address.js';
import { DATA_FOLDERS, takeBackup } from './backup.js';
import { createClosing } from './closing.js';
import { refuseInsecure, type Config } from './config.js';
import { openControlSocket } from './control.js';
import { startIngest } from './ingest.js';
import { openJobs } from './jobs.js';
import { createMetrics } from './metrics.js';
import { packageVersion } from './paths.js';
import { createPlatform } from './platform.js';
import { diskOf } from './retention.js';
import { createStreamHub } from './stream.js';
import { startConsole } from './wiring/console.js';
import { wireDetection } from './wiring/detection.js';
import { layGround } from './wiring/ground.js';
import { startHousekeeping } from './wiring/housekeeping.js';
import { wireNotices } from './wiring/notices.js';
import { wireRecordings } from './wiring/recordings.js';
import { apiServices, isKeyless } from './wiring/services.js';
import { startSyslog, wireSources } from './wiring/sources.js';

export interface RunningServer {
  /** Of the console, as `http://localhost:PORT` where it listens on loopback. */
  readonly url: string;
  /** While the set-up is to be done. */
  readonly setupLink?: string;
  readonly ingestUrl?: string;
  readonly syslog?: string;
  stop(): Promise<void>;
}

const clock = { nowMs: () => Date.now() };
/** Readers that must have taken a frame before the journal may let it go. */
const READERS = ['store', 'engine'];

/** Throws the fault of whatever cannot be started, having ended what was. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  refuseInsecure(config);
  // Everything made from here on is the owner's alone, also where somebody widened the home.
  process.umask(0o077);
  const closing = createClosing((err, part) => log.error({ err, part }, 'a part did not end well'));
  try {
    return await start(config, log, closing);
  } catch (error) {
    await closing.all();
    throw error;
  }
}

async function start(
  config: Config,
  log: Logger,
  closing: ReturnType<typeof createClosing>,
): Promise<RunningServer> {
  const folder = (name: keyof typeof DATA_FOLDERS) => join(config.home, DATA_FOLDERS[name]);
  const lock = lockHome(config.home);
  closing.add('lock', () => lock.release());

  const records = await openEmbeddedRecordStore({ folder: folder('records') });
  closing.add('records', () => records.close());
  const events = await openEmbeddedEventStore({ folder: folder('events') });
  closing.add('events', () => events.close());
  const ground = await layGround({ config, clock, ids: createIdentifiers(clock), log }, { records, events });
  const { bus, ids } = ground;

  // What the journal reports while it is opened must not be lost: the platform listens only once there is a journal.
  const early: (() => void)[] = [];
  const stopEarly = bus.on('platform.reported', (report) =>
    early.push(() => bus.emit('platform.reported', report)),
  );
  const journal = await openJournal({ folder: folder('journal'), clock, ids, bus, readers: READERS });
  stopEarly();
  closing.add('journal', () => journal.close());

  const detection = await wireDetection(ground, journal);
  closing.add('detection', () => detection.stop());
  const { sources, control } = wireSources(ground, journal);
  const system = authorizeSystem('platform').actor;
  const own = await sources.ensure({ kind: 'platform', name: 'Fenghuo', target: ground.node }, system);
  sources.observer(own.value.id).state('running');
  const platform = createPlatform({
    ...ground,
    journal,
    host: hostname(),
    source: own.value.id,
    observer: sources.observer(own.value.id),
    file: join(config.home, 'platform-waiting.json'),
  });
  for (const tell of early) tell();
  closing.add('platform', () => platform.close());

  const identity = createIdentity(ground);
  const jobs = await openJobs({
    ...ground,
    onError: (err, job) => log.error({ err, job: job.id }, 'a job failed'),
  });
  closing.add('jobs', () => jobs.close());
  const hub = createStreamHub(bus, clock.nowMs());
  const consoleUrl = urlOf(config.tls !== undefined, config.listen);
  const outbox = wireNotices(ground, consoleUrl);
  await outbox.start();
  closing.add('outbox', () => outbox.stop());

  const disk = diskOf(config.home);
  const housekeeping = startHousekeeping({
    ...{ ground, platform, sources, identity, outbox, disk },
    telemetry: detection.rules.telemetry,
  });
  closing.add('housekeeping', () => housekeeping.stop());
  await control.startAll();
  closing.add('sources', () => control.stopAll());
  const syslog = config.syslog && (await startSyslog(ground, journal, sources, config.syslog));
  if (syslog) closing.add('syslog', () => syslog.stop());

  const recordings = await wireRecordings(ground, journal, sources, jobs, detection);
  const bound: { ingest?: Address } = {};
  const services = apiServices({
    ...{ ground, journal, detection, identity, jobs, recordings, control, platform, outbox, hub, disk },
    ingest: () => bound.ingest,
    syslog: () => syslog?.address,
  });
  const metrics = createMetrics({ bus, journal, lag: detection.lag, streams: hub.clients });
  if (config.ingest) {
    const keyless = isKeyless(config, config.ingest);
    const { authenticator } = services;
    const at = config.ingest;
    const running = await startIngest({
      ...config,
      ground,
      journal,
      sources,
      authenticator,
      metrics,
      at,
      keyless,
    });
    bound.ingest = running.address;
    closing.add('ingest', () => running.stop());
  }
  const listener = await startConsole(ground, services, { lag: detection.lag, metrics });
  closing.add('console', () => listener.stop());
  const socket = await openControlSocket(
    config.home,
    {
      records,
      identity,
      nowMs: clock.nowMs,
      backup: (to) =>
        takeBackup(
          { records, events, journal: folder('journal'), evidence: folder('evidence'), nowMs: clock.nowMs() },
          to,
        ),
      status: async () => ({
        running: true,
        version: packageVersion,
        home: config.home,
        lag: { ...detection.lag() },
      }),
    },
    log,
  );
  closing.add('control', () => socket.stop());

  const url = urlOf(config.tls !== undefined, listener.address);
  const token = await identity.setup.issueToken();
  return {
    url,
    ...(token !== undefined && { setupLink: `${url}/setup#token=${token}` }),
    ...(bound.ingest && { ingestUrl: `${config.tls ? 'https' : 'http'}://${printAddress(bound.ingest)}` }),
    ...(syslog && { syslog: printAddress(syslog.address) }),
    stop: () => closing.all(),
  };
}

/** `localhost` on loopback: the name that passkeys and cookies are happy with. */
function urlOf(tls: boolean, { host, port }: Address): string {
  const name = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `${tls ? 'https' : 'http'}://${printAddress({ host: name, port })}`;
}
