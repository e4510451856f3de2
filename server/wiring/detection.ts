/** The journal's two readers: the engine with its projections, and the writer of the event store. */
import { join } from 'node:path';
import { startStoreWriter } from '#collector/store-writer.js';
import { ownNetworks } from '#detections/attack-facts.js';
import { openExceptionBook, type ExceptionBook } from '#detections/exception-book.js';
import { startFollower } from '#detections/follower.js';
import { openProjection, type Projection } from '#incidents/projection/projection.js';
import type { Journal } from '#kernel/ports/journal.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import type { Ground } from '../ground.js';
import { trackLag, type Lag } from '../lag.js';
import { packageRoot } from '../paths.js';
import { ruleProgram } from '../rule-program.js';
import { loadRules, type LoadedRules } from './rules.js';

/** The rules that come along. */
export const OWN_RULES = join(packageRoot, 'detections', 'rules');

export interface Detection {
  readonly projection: Projection;
  readonly rules: LoadedRules;
  readonly exceptions: ExceptionBook;
  readonly lag: () => Lag;
  /** Ends both readers; what they have not read stays in the journal. */
  stop(): Promise<void>;
}

/** Projections are caught up before the engine goes on: it looks groups up in them. */
export async function wireDetection(ground: Ground, journal: Journal): Promise<Detection> {
  const { bus, clock, config, events, log, records } = ground;
  const { scope } = authorizeSystem('detection');
  const projection = await openProjection({ records, scope, bus });
  await projection.catchUp(journal.state().id);
  const folders = [OWN_RULES, ...config.rules];
  const keep = { folder: join(config.home, 'cache'), program: ruleProgram() };
  const { pipelines, watchRules: watch } = config;
  const rules = await loadRules(ground, { folders, pipelines, keep, watch }, projection.ledger);
  const exceptions = await openExceptionBook({ ...ground, scope });
  const follower = await startFollower({
    journal,
    records,
    scope,
    rules: rules.current(),
    groups: projection.groups,
    exceptions: exceptions.current(),
    isOwn: ownNetworks(config.networks),
    floodLimit: config.floodLimit,
    onJudgement: (judgement) => projection.apply(judgement),
    clock,
    bus,
    onRuleError: (rule, err) =>
      log.warn({ rule: rule.id, version: rule.version, err }, 'a rule failed on an event'),
  });
  rules.onChange((ruleSet) => follower.use(ruleSet));
  exceptions.onChange((set) => follower.except(set));
  const writer = await startStoreWriter({ journal, store: events, clock, bus });
  const lag = trackLag(bus, journal, {
    stored: writer.state().storedThrough,
    judged: follower.state().judgedThrough,
  });
  return {
    projection,
    rules,
    exceptions,
    lag,
    async stop() {
      await rules.close();
      await Promise.all([follower.close(), writer.close()]);
      await rules.telemetry.flush();
    },
  };
}
