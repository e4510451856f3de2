/** Prometheus metrics of this process, in a registry of its own. */
import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { EventBus } from '#kernel/bus.js';
import type { JournalState } from '#kernel/ports/journal.js';
import type { Lag } from './lag.js';

export interface Metrics {
  readonly contentType: string;
  print(): Promise<string>;
  /** Measures the durations of a Fastify's answers. */
  measure(app: FastifyInstance, name: 'console' | 'ingest'): void;
}

export interface MetricsSources {
  readonly bus: EventBus;
  readonly journal: { state(): JournalState };
  readonly lag: () => Lag;
  readonly streams: () => number;
}

export function createMetrics({ bus, journal, lag, streams }: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'fenghuo_' });
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `fenghuo_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `fenghuo_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });

  const events = counter('events_accepted_total', 'Events accepted into the journal');
  const matches = counter('matches_total', 'Matches of rules');
  const alerts = counter('alerts_raised_total', 'Alerts raised', ['severity']);
  const lost = counter('losses_total', 'Records or bytes that could not be kept or judged', ['reason', 'of']);
  const reports = counter('platform_reports_total', 'Reports of the node about itself', ['state']);
  bus.on('frame.appended', (frame) => events.inc(frame.events));
  bus.on('frame.judged', (frame) => matches.inc(frame.matches));
  bus.on('alert.raised', ({ severity }) => alerts.inc({ severity }));
  bus.on('loss.counted', ({ reason, of, count }) => lost.inc({ reason, of }, count));
  bus.on('platform.reported', ({ state }) => reports.inc({ state }));
  gauge('journal_frame', 'Last frame of the journal', () => journal.state().frame);
  gauge('journal_bytes', 'Bytes of the journal on disk', () => journal.state().bytes);
  gauge('journal_store_lag_frames', 'Frames accepted and not yet searchable', () => lag().storeFrames);
  gauge('journal_judge_lag_frames', 'Frames accepted and not yet judged', () => lag().judgeFrames);
  gauge('streams', 'Open event streams', streams);

  const durations = new Histogram({
    name: 'fenghuo_http_request_duration_seconds',
    help: 'Durations of answers',
    labelNames: ['listener', 'method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.3, 1, 3, 10],
    registers,
  });
  return {
    contentType: registry.contentType,
    print: () => registry.metrics(),
    measure(app, listener) {
      app.addHook('onResponse', async (request, reply) => {
        // The pattern, not the address: a scanner must not make a time series of every path it tries.
        const route = request.routeOptions.url ?? 'none';
        if (route.endsWith('/stream')) return;
        const labels = { listener, method: request.method, route, status: String(reply.statusCode) };
        durations.observe(labels, reply.elapsedTime / 1000);
      });
    },
  };
}
