/** The ledger: what became of every match, summed by rule version. Lines are projections of judgements. */
import type { RecordStore, Versioned, WriteOperation } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import type { Judgement, LedgerCounts, LedgerLine } from '#kernel/schema/judgement.js';
import { LIVE, ROOT_UNIT, type Scope } from '#kernel/scope.js';

const NO_COUNTS: LedgerCounts = {
  matches: 0,
  created: 0,
  merged: 0,
  suppressed: 0,
  excepted: 0,
  deferred: 0,
  signalled: 0,
  errors: 0,
};

/** Matches that went nowhere: 0 where the line is whole; more, or less than 0, is a loss and must be shown. */
export function conservation(counts: LedgerCounts): number {
  const { created, merged, suppressed, excepted, deferred, signalled } = counts;
  return counts.matches - (created + merged + suppressed + excepted + deferred + signalled);
}

export function sumCounts(a: LedgerCounts, b: LedgerCounts): LedgerCounts {
  return {
    matches: a.matches + b.matches,
    created: a.created + b.created,
    merged: a.merged + b.merged,
    suppressed: a.suppressed + b.suppressed,
    excepted: a.excepted + b.excepted,
    deferred: a.deferred + b.deferred,
    signalled: a.signalled + b.signalled,
    errors: a.errors + b.errors,
  };
}

export interface LedgerTotals extends LedgerCounts {
  readonly unaccounted: number;
}

/** What people may read. */
export interface Ledger {
  totals(): LedgerTotals;
  /** Sum over all versions of the rule, and when it matched last. */
  ofRule(rule: string): LedgerCounts & { readonly lastMatchAt?: string };
  line(rule: string, version: string): LedgerLine | undefined;
}

export interface LedgerProjection extends Ledger {
  /** Operations for the judgement's rules; `commit` makes them the state once they are written. */
  draft(judgement: Judgement): { readonly operations: readonly WriteOperation[]; commit(): void };
  load(): Promise<void>;
}

export function createLedger(records: RecordStore, scope: Scope): LedgerProjection {
  const lines = new Map<string, Versioned<LedgerLine>>();
  const byRule = new Map<string, Set<string>>();
  let totals = NO_COUNTS;

  function keep(line: Versioned<LedgerLine>): void {
    lines.set(line.value.id, line);
    const versions = byRule.get(line.value.rule);
    if (versions) versions.add(line.value.id);
    else byRule.set(line.value.rule, new Set([line.value.id]));
  }

  return {
    totals: () => ({ ...totals, unaccounted: conservation(totals) }),
    ofRule(rule) {
      let sum = NO_COUNTS;
      let lastMatchAt: string | undefined;
      for (const id of byRule.get(rule) ?? []) {
        const line = lines.get(id)?.value;
        if (line === undefined) continue;
        sum = sumCounts(sum, line);
        if (line.lastMatchAt !== undefined && line.lastMatchAt > (lastMatchAt ?? ''))
          lastMatchAt = line.lastMatchAt;
      }
      return { ...sum, ...(lastMatchAt !== undefined && { lastMatchAt }) };
    },
    line: (rule, version) => lines.get(`${rule}@${version}`)?.value,
    draft(judgement) {
      const drafted = new Map<string, Versioned<LedgerLine>>();
      let added = NO_COUNTS;
      for (const counts of judgement.rules) {
        const id = `${counts.rule}@${counts.version}`;
        const before = drafted.get(id) ?? lines.get(id);
        if (isApplied(lines.get(id)?.value, judgement)) continue;
        added = sumCounts(added, counts);
        drafted.set(id, {
          version: (lines.get(id)?.version ?? 0) + 1,
          value: lineAfter(before?.value, id, counts, judgement),
        });
      }
      const operations = [...drafted.values()].map(({ value, version }): WriteOperation =>
        version === 1
          ? { kind: 'create', collection: 'ledger', value }
          : { kind: 'replace', collection: 'ledger', value, version: version - 1 },
      );
      return {
        operations,
        commit() {
          for (const line of drafted.values()) keep(line);
          totals = sumCounts(totals, added);
        },
      };
    },
    async load() {
      const found: Versioned<LedgerLine>[] = [];
      let cursor: string | undefined;
      do {
        const page = await records.search(scope, 'ledger', {
          query: ALL,
          limit: 1000,
          ...(cursor !== undefined && { cursor }),
        });
        found.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      lines.clear();
      byRule.clear();
      for (const line of found) keep(line);
      totals = found.reduce((sum, { value }) => sumCounts(sum, value), NO_COUNTS);
    },
  };
}

function isApplied(line: LedgerLine | undefined, { journal, toFrame }: Judgement): boolean {
  return line !== undefined && line.applied.journal === journal && line.applied.frame >= toFrame;
}

function lineAfter(
  before: LedgerLine | undefined,
  id: string,
  counts: Judgement['rules'][number],
  judgement: Judgement,
): LedgerLine {
  const firstMatchAt = before?.firstMatchAt ?? (counts.matches > 0 ? judgement.judgedAt : undefined);
  const lastMatchAt = counts.matches > 0 ? judgement.judgedAt : before?.lastMatchAt;
  return {
    id,
    unit: ROOT_UNIT,
    realm: LIVE,
    classification: 1,
    rule: counts.rule,
    version: counts.version,
    ...sumCounts(before ?? NO_COUNTS, counts),
    ...(firstMatchAt !== undefined && { firstMatchAt }),
    ...(lastMatchAt !== undefined && { lastMatchAt }),
    applied: { journal: judgement.journal, frame: judgement.toFrame },
  };
}
