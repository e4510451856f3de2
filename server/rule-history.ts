/** Every version of a rule's text that was ever loaded, and who switched it on and off, and why. */
import { iso, type Clock } from '#kernel/clock.js';
import type { RecordStore, WriteOperation } from '#kernel/ports/record-store.js';
import { ALL, and, anyOf, equals } from '#kernel/query/ast.js';
import type { RuleText } from '#kernel/schema/rule.js';
import { LIVE, ROOT_UNIT, type Scope } from '#kernel/scope.js';

/** Texts of one write. */
const GROUP = 200;
/** Versions and switches of one rule that are shown. */
const MOST = 100;

export interface RuleVersion {
  readonly version: string;
  readonly title: string;
  readonly text: string;
  readonly firstLoadedAt: string;
}
export interface RuleSwitching {
  readonly at: string;
  readonly enabled: boolean;
  readonly by: string;
  readonly reason?: string;
}
export interface RuleHistory {
  /** Newest first. */
  readonly versions: readonly RuleVersion[];
  readonly switches: readonly RuleSwitching[];
}

interface LoadedText {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly text: string;
}

export interface RuleTexts {
  /** Writes what is not there yet. */
  keep(rules: readonly LoadedText[]): Promise<void>;
  textOf(rule: string, version: string): Promise<string | undefined>;
  historyOf(rule: string): Promise<RuleHistory>;
}

export function createRuleTexts(records: RecordStore, scope: Scope, clock: Clock): RuleTexts {
  const idOf = (rule: string, version: string) => `${rule}@${version}`;
  return {
    async keep(rules) {
      const stored = await records.pick(scope, 'ruleTexts', { query: ALL, paths: ['version'] });
      const known = new Set(stored.map(({ id }) => id));
      const at = iso(clock.nowMs());
      const fresh = rules.flatMap(({ id, version, title, text }): WriteOperation[] => {
        if (known.has(idOf(id, version))) return [];
        known.add(idOf(id, version));
        const value: RuleText = {
          ...{ id: idOf(id, version), unit: ROOT_UNIT, realm: LIVE, classification: 1 },
          ...{ rule: id, version, title, text, firstLoadedAt: at },
        };
        return [{ kind: 'create', collection: 'ruleTexts', value }];
      });
      for (let from = 0; from < fresh.length; from += GROUP)
        await records.write(scope, fresh.slice(from, from + GROUP));
    },
    async textOf(rule, version) {
      return (await records.get(scope, 'ruleTexts', idOf(rule, version)))?.value.text;
    },
    async historyOf(rule) {
      const [texts, entries] = await Promise.all([
        records.search(scope, 'ruleTexts', {
          query: equals('rule', rule),
          sort: { path: 'firstLoadedAt', order: 'desc' },
          limit: MOST,
        }),
        records.search(scope, 'audit', {
          query: and(equals('target', `rules/${rule}`), anyOf('action', ['rule.enabled', 'rule.disabled'])),
          sort: { path: 'at', order: 'desc' },
          limit: MOST,
        }),
      ]);
      return {
        versions: texts.items.map(({ value: { version, title, text, firstLoadedAt } }) => ({
          ...{ version, title, text, firstLoadedAt },
        })),
        switches: entries.items.map(({ value: { at, action, actorName, detail } }) => ({
          ...{ at, enabled: action === 'rule.enabled', by: actorName },
          ...(typeof detail?.['reason'] === 'string' && { reason: detail['reason'] }),
        })),
      };
    },
  };
}
