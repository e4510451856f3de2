/** The rule book over the detections' rule set: loaded from folders, switched by people, reread when files change. */
import { basename, relative, isAbsolute } from 'node:path';
import { iso } from '#kernel/clock.js';
import { fault } from '#kernel/errors.js';
import { equals } from '#kernel/query/ast.js';
import { fail, ok } from '#kernel/result.js';
import type { LedgerCounts } from '#kernel/schema/judgement.js';
import type { Diagnostic, Rule, Telemetry } from '#kernel/schema/rule.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { openTelemetry, type TelemetryBook } from '#detections/telemetry.js';
import { loadRuleSet, RuleFileCache, type DetectionRule, type SigmaRuleSet } from '#detections/rule-set.js';
import type { RuleCachePlace } from '#detections/rule-cache.js';
import { watchRuleSet } from '#detections/rule-watch.js';
import { authorizeSystem, type Grant } from '#trust/access/authorize.js';
import type { Ground } from '../ground.js';
import { createRuleTexts } from '../rule-history.js';
import type { RuleBook } from '../rule-book.js';

export interface RuleFolders {
  readonly folders: readonly string[];
  /** Pipeline files, and folders of them, besides those in the rule folders. */
  readonly pipelines: readonly string[];
  /** Where what was read of them is kept for the next start. */
  readonly keep: RuleCachePlace;
  /** Reread when a file changes. */
  readonly watch: boolean;
}

export interface LedgerOfRules {
  ofRule(rule: string): LedgerCounts & { readonly lastMatchAt?: string };
}

export interface LoadedRules {
  readonly book: RuleBook;
  /** The set that judges from the next frame on. */
  current(): SigmaRuleSet;
  /** Told of every other set. */
  onChange(listener: (ruleSet: SigmaRuleSet) => void): void;
  readonly telemetry: TelemetryBook;
  /** Stops watching, and waits for the texts that are being kept. */
  close(): Promise<void>;
}

type RuleGround = Pick<Ground, 'records' | 'audit' | 'bus' | 'clock' | 'log'>;

export async function loadRules(
  { records, audit, bus, clock, log }: RuleGround,
  { folders, pipelines, keep, watch: watching }: RuleFolders,
  ledger: LedgerOfRules,
): Promise<LoadedRules> {
  const { scope } = authorizeSystem('rules');
  const cache = new RuleFileCache();
  const listeners: ((ruleSet: SigmaRuleSet) => void)[] = [];

  async function disabled(): Promise<ReadonlySet<string>> {
    const query = equals('enabled', false);
    const off = await records.search(scope, 'ruleSwitches', { query, limit: 1000 });
    return new Set(off.items.map(({ value }) => value.id));
  }

  let loaded = await loadRuleSet(folders, { cache, pipelines, keep, disabled: await disabled() });
  const telemetry = await openTelemetry({ records, scope, clock, rules: loaded.ruleSet });
  const texts = createRuleTexts(records, scope, clock);
  // One after the other: two reloads at once would write the same texts. Nobody waits for it but who asks for history.
  let keeping: Promise<void> = Promise.resolve();
  const keepTexts = ({ rules, disabled: off }: SigmaRuleSet): void => {
    const all = [...rules, ...off].map(({ id, version, sigma, text }) => ({
      ...{ id, version, title: sigma.title, text },
    }));
    keeping = keeping
      .then(() => texts.keep(all))
      .catch((err: unknown) => log.error({ err }, 'rule texts not kept'));
  };
  keepTexts(loaded.ruleSet);
  const watched = watchRuleSet(
    folders,
    (next) => {
      loaded = next;
      const { ruleSet, failed } = next;
      telemetry.use(ruleSet);
      keepTexts(ruleSet);
      for (const listener of listeners) listener(ruleSet);
      bus.emit('rules.reloaded', { version: ruleSet.version, rules: ruleSet.rules.length, failed });
    },
    { watching, cache, disabled, pipelines, onError: (err) => log.error({ err }, 'rules not reread') },
  );

  const all = (): readonly [DetectionRule, boolean][] => [
    ...loaded.ruleSet.rules.map((rule) => [rule, true] as [DetectionRule, boolean]),
    ...loaded.ruleSet.disabled.map((rule) => [rule, false] as [DetectionRule, boolean]),
  ];
  const factsNow = (): RuleFacts => ({
    ledger,
    telemetry: telemetry.look(),
    rolesOf: (id) => loaded.ruleSet.rolesOf(id),
  });
  const find = (id: string) => all().find(([rule]) => rule.id === id);

  const book: RuleBook = {
    version: () => loaded.ruleSet.version,
    list() {
      const facts = factsNow();
      return all()
        .map(([rule, enabled]) => shown(rule, enabled, facts))
        .sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
    },
    get(id) {
      const found = find(id);
      return found && shown(...found, factsNow());
    },
    async textOf(id, version) {
      const rule = find(id)?.[0];
      if (rule && (version === undefined || rule.version === version)) return rule.text;
      return version === undefined ? undefined : texts.textOf(id, version);
    },
    async historyOf(id) {
      await keeping;
      return texts.historyOf(id);
    },
    queryOf: (id) => loaded.ruleSet.queryOf(id),
    alone: (id) => loaded.ruleSet.alone(id),
    ledgerOf(id) {
      const { lastMatchAt: _, ...counts } = ledger.ofRule(id);
      return counts;
    },
    diagnostics: () => loaded.diagnostics.map((one) => withoutFolder(one, [...folders, ...pipelines])),
    failed: () => loaded.failed,
    async reload(by) {
      const { ruleSet, failed } = await watched.reload();
      const result = { rules: ruleSet.rules.length, failed };
      await audit.note({ actor: by.actor, action: 'rules.reloaded', target: 'rules/all', detail: result });
      return result;
    },
    async setEnabled(by, id, enabled, reason) {
      if (!find(id)) return fail(fault('not_found', { what: 'rule', id }));
      if (!(await writeSwitch(by, id, enabled, reason))) return fail(fault('conflict', { what: 'rule', id }));
      await watched.reload();
      const found = find(id);
      return found ? ok(shown(...found, factsNow())) : fail(fault('not_found', { what: 'rule', id }));
    },
  };

  async function writeSwitch(by: Grant, id: string, enabled: boolean, reason?: string): Promise<boolean> {
    const before = await records.get(scope, 'ruleSwitches', id);
    const value = {
      id,
      unit: ROOT_UNIT,
      realm: LIVE,
      classification: 1 as const,
      enabled,
      changedAt: iso(clock.nowMs()),
      changedBy: by.actor.id,
      ...(reason && { reason }),
    };
    const outcome = await audit.write(
      scope,
      [
        before
          ? { kind: 'replace', collection: 'ruleSwitches', value, version: before.version }
          : { kind: 'create', collection: 'ruleSwitches', value },
      ],
      [
        {
          actor: by.actor,
          action: enabled ? 'rule.enabled' : 'rule.disabled',
          target: `rules/${id}`,
          ...(reason && { detail: { reason } }),
        },
      ],
    );
    return outcome.ok;
  }

  return {
    book,
    current: () => loaded.ruleSet,
    onChange: (listener) => void listeners.push(listener),
    telemetry,
    async close() {
      watched.close();
      await keeping;
    },
  };
}

interface RuleFacts {
  readonly ledger: LedgerOfRules;
  readonly telemetry: (rule: string) => Telemetry | undefined;
  readonly rolesOf: SigmaRuleSet['rolesOf'];
}

function shown(
  { id, version, sigma, file }: DetectionRule,
  enabled: boolean,
  { ledger, telemetry, rolesOf }: RuleFacts,
): Rule {
  const { lastMatchAt, ...counts } = ledger.ofRule(id);
  const { product, category, service } = sigma.logsource;
  const heard = product === 'fenghuo' ? undefined : telemetry(id);
  const { correlation, feeds = [], silent = false } = rolesOf(id) ?? {};
  return {
    id,
    version,
    title: sigma.title,
    ...(sigma.description !== undefined && { description: sigma.description }),
    ...(sigma.author !== undefined && { author: sigma.author }),
    ...(sigma.license !== undefined && { license: sigma.license }),
    level: sigma.level,
    ...(sigma.status !== undefined && { status: sigma.status }),
    tags: [...sigma.tags],
    references: [...sigma.references],
    falsePositives: [...sigma.falsePositives],
    logsource: { ...(product && { product }), ...(category && { category }), ...(service && { service }) },
    ...(correlation && {
      correlation: {
        type: correlation.type,
        timespanMs: correlation.timespanMs,
        groupBy: [...correlation.groupBy],
        rules: [...correlation.children],
      },
    }),
    ...(feeds.length > 0 && { feeds: [...feeds] }),
    ...(silent && { silent }),
    file,
    enabled,
    titles: { ...sigma.titles },
    descriptions: { ...sigma.descriptions },
    ledger: counts,
    ...(lastMatchAt !== undefined && { lastMatchAt }),
    ...(heard && { telemetry: heard }),
  };
}

/** Paths of this machine are not for readers of the API. */
function withoutFolder(diagnostic: Diagnostic, folders: readonly string[]): Diagnostic {
  const inside = folders
    .map((folder) => relative(folder, diagnostic.file))
    .find((path) => !path.startsWith('..') && !isAbsolute(path));
  // A file that was named itself is its own folder.
  return { ...diagnostic, file: inside === '' ? basename(diagnostic.file) : (inside ?? diagnostic.file) };
}
