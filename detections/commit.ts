/** Commits judgements: creating the records is the commit; what exists already was committed before and is gone on from. */
import type { EventBus } from '#kernel/bus.js';
import type { RecordStore, WriteOperation } from '#kernel/ports/record-store.js';
import { equals } from '#kernel/query/ast.js';
import type { CorrelationChange } from '#kernel/schema/correlation.js';
import type { Judgement } from '#kernel/schema/judgement.js';
import { LIVE, ROOT_UNIT, type Scope } from '#kernel/scope.js';
import type { RuleSet } from './types.js';

/**
 * Rows that are looked through for the state of the correlations. Where there are correlations one stands within some five
 * hundred; only a store from before them has none.
 */
const MOST_ROWS = 50_000;

export interface JudgementCommits {
  /** The judgement that reaches farthest, or undefined where there is none. */
  last(journal: string): Promise<Judgement | undefined>;
  /**
   * What the correlations were fed, in the order of the judgements: from the last one that holds their whole state on.
   * Without one, from the beginning, or as far back as is bearable.
   */
  correlations(journal: string): Promise<readonly CorrelationChange[]>;
  /**
   * Creates the judgements in order, synced on return, with a record of the rule set before its first one. Gives what
   * is committed: shorter where one existed with another end, which is then the last; go on behind it. Rejects with
   * what the store throws; the call may be repeated.
   */
  commit(judgements: readonly Judgement[], rules: RuleSet): Promise<readonly Judgement[]>;
}

export function createJudgementCommits(records: RecordStore, scope: Scope, bus: EventBus): JudgementCommits {
  const writtenRuleSets = new Set<string>();

  async function writeRuleSet(rules: RuleSet, loadedAt: string): Promise<void> {
    if (writtenRuleSets.has(rules.version)) return;
    const value = {
      id: rules.version,
      unit: ROOT_UNIT,
      realm: LIVE,
      classification: 1 as const,
      loadedAt,
      rules: rules.rules.map(({ id, version }) => ({ rule: id, version })),
    };
    const outcome = await records.write(scope, [{ kind: 'create', collection: 'ruleSets', value }]);
    if (!outcome.ok && outcome.reason !== 'exists')
      throw new Error(`rule set ${rules.version} cannot be recorded: ${outcome.reason}`);
    writtenRuleSets.add(rules.version);
  }

  async function existing(id: string): Promise<Judgement> {
    const found = await records.get(scope, 'judgements', id);
    if (!found) throw new Error(`judgement ${id} exists and cannot be read`);
    return found.value;
  }

  /** Both cover the same events; matches may differ, for rules and open groups may have been others. */
  function verify(stored: Judgement, made: Judgement): void {
    const differs =
      stored.firstSeq !== made.firstSeq ||
      (stored.toFrame === made.toFrame &&
        (stored.lastSeq !== made.lastSeq || (stored.events !== made.events && stored.note === undefined)));
    if (!differs) return;
    bus.emit('platform.reported', {
      state: 'judgement_differs',
      detail: `${stored.id} covers ${stored.events} events from sequence ${stored.firstSeq}, the journal holds ${made.events} from ${made.firstSeq}`,
      severity: 'high',
    });
  }

  return {
    async last(journal) {
      const page = await records.search(scope, 'judgements', {
        query: equals('journal', journal),
        sort: { path: 'toFrame', order: 'desc' },
        limit: 1,
      });
      return page.items[0]?.value;
    },

    async correlations(journal) {
      const changes: CorrelationChange[] = [];
      let cursor: string | undefined;
      for (let rows = 0; rows < MOST_ROWS;) {
        const page = await records.search(scope, 'judgements', {
          query: equals('journal', journal),
          sort: { path: 'toFrame', order: 'desc' },
          limit: rows === 0 ? 100 : 1000,
          ...(cursor !== undefined && { cursor }),
        });
        for (const { value } of page.items) {
          if (value.correlation) changes.push(value.correlation);
          if (value.correlation?.state) return changes.reverse();
        }
        rows += page.items.length;
        if (page.next === null) break;
        cursor = page.next;
      }
      return changes.reverse();
    },

    async commit(judgements, rules) {
      const committed: Judgement[] = [];
      let rest = judgements;
      if (rest[0]) await writeRuleSet(rules, rest[0].judgedAt);
      while (rest.length > 0) {
        const outcome = await records.write(scope, rest.map(creation));
        if (outcome.ok) return [...committed, ...rest];
        const standing = rest[outcome.at];
        if (outcome.reason !== 'exists' || standing === undefined)
          throw new Error(`judgement ${standing?.id} cannot be created: ${outcome.reason}`);
        // What comes before it may or may not have been written: it is tried by itself.
        if (outcome.at > 0) {
          const before = await this.commit(rest.slice(0, outcome.at), rules);
          committed.push(...before);
          if (before.at(-1)?.toFrame !== rest[outcome.at - 1]?.toFrame) return committed;
        }
        const stored = await existing(standing.id);
        verify(stored, standing);
        committed.push(stored);
        if (stored.toFrame !== standing.toFrame) return committed;
        rest = rest.slice(outcome.at + 1);
      }
      return committed;
    },
  };
}

function creation(value: Judgement): WriteOperation {
  return { kind: 'create', collection: 'judgements', value };
}
