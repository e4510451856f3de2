/** `fenghuo scan`: judges log files offline, with the normalizers and the matcher that the server uses. */
import { parseArgs } from 'node:util';
import { MOST_EVIDENCE } from '#kernel/schema/alert.js';
import { SEVERITIES, severityRank } from '#kernel/vocabulary.js';
import type { Event } from '#kernel/event.js';
import { iso } from '#kernel/clock.js';
import type { NormalizeContext } from '#collector/normalizers/record.js';
import { Correlator, type Firing } from '#detections/correlation/correlator.js';
import { feedMatch, groupedBy } from '#detections/correlation/signal.js';
import { loadRuleSet, type SigmaRuleSet } from '#detections/rule-set.js';
import type { LoadedRule, RuleMatch } from '#detections/types.js';
import { ownRules } from '#server/paths.js';
import { UsageError, type Io } from './io.js';
import { offlineContext, readRecords } from './read-records.js';
import { rawRecord, type FileRecord } from './records.js';
import { ruleCache, spreadRules } from './rule-folders.js';
import { scanEvent } from './scan-event.js';
import { createTally, type Tally } from './scan-tally.js';

export async function scan(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...spreadRules(words)],
    allowPositionals: true,
    options: {
      rules: { type: 'string', multiple: true },
      pipeline: { type: 'string', multiple: true, default: [] },
      summary: { type: 'string' },
      'min-level': { type: 'string', default: 'informational' },
    },
  });
  const minLevel = SEVERITIES.find((level) => level === values['min-level']);
  if (!minLevel) throw new UsageError(`--min-level wants one of ${SEVERITIES.join(', ')}`);
  if (values.summary !== undefined && !['table', 'json'].includes(values.summary))
    throw new UsageError('--summary wants `table` or `json`');
  if (positionals.length === 0) throw new UsageError('give at least one FILE');
  const folders = values.rules ?? [ownRules];

  const { ruleSet, diagnostics, failed } = await loadRuleSet(folders, {
    pipelines: values.pipeline,
    keep: ruleCache(io),
  });
  const errors = diagnostics.filter((one) => one.severity === 'error');
  if (errors.length > 0) io.err(`${failed} rules could not be loaded; \`fenghuo rules check\` says why\n`);
  if (ruleSet.rules.length === 0) throw new UsageError(`no rule was found in ${folders.join(', ')}`);

  const tally = createTally(ruleSet.rules.length, failed);
  const quiet = values.summary === 'json';
  const run: ScanRun = {
    ruleSet,
    tally,
    correlator: new Correlator(ruleSet.correlations),
    // As if all of the files came in at once.
    receivedMs: Date.now(),
    minRank: severityRank(minLevel),
    print: quiet ? undefined : io.out,
    progress: io.interactive ? io.err : undefined,
  };
  run.correlator.tick(run.receivedMs);
  const context = offlineContext(run.receivedMs);
  const unreadable = await readRecords(positionals, {
    ...{ io, command: 'scan' },
    take: (record, file) => judge(record, file, context, run),
  });
  report(run.correlator.end(), run);
  if (quiet) io.out(`${JSON.stringify(tally.summary())}\n`);
  else if (values.summary === 'table' || io.interactive) io.err(`\n${tally.table()}`);
  return unreadable > 0 ? 1 : 0;
}

interface ScanRun {
  readonly ruleSet: SigmaRuleSet;
  readonly tally: Tally;
  readonly correlator: Correlator;
  readonly receivedMs: number;
  readonly minRank: number;
  /** Takes a match's JSON line; undefined: nothing is printed. */
  readonly print: ((text: string) => void) | undefined;
  readonly progress: ((text: string) => void) | undefined;
}

function judge(record: FileRecord, file: string, context: NormalizeContext, run: ScanRun): void {
  const { tally } = run;
  const place = { id: `${file}#${record.number}`, seq: tally.events + 1 };
  const event = scanEvent(rawRecord(record, file), place, context);
  const matches = run.ruleSet.match(event, (rule, error) => tally.failed(rule, error));
  tally.judged(record.kind === 'broken', matches);
  if (matches.length > 0) judged(matches, event, { file, record: record.number }, run);
  if (run.progress && tally.events % 20_000 === 0)
    run.progress(`\r${tally.events} events, ${tally.matches} matches `);
}

function judged(
  matches: readonly RuleMatch[],
  event: Event,
  place: { file: string; record: number },
  run: ScanRun,
): void {
  const { correlations } = run.ruleSet;
  for (const match of matches) {
    printMatch(match.rule, run, () => ({ ...place, eventTime: iso(event.timeMs), matched: match.matched }));
    report(feedMatch(correlations, run.correlator, match, event), run);
  }
}

/** Matches of correlations, with the events that made them. */
function report(firings: readonly Firing[], run: ScanRun): void {
  for (const firing of firings) {
    const { anchor, evidence, definition } = firing;
    run.tally.correlated(definition.rule);
    printMatch(definition.rule, run, () => ({
      event: anchor.id,
      eventTime: iso(anchor.timeMs),
      matched: groupedBy(firing),
      events: evidence.slice(0, MOST_EVIDENCE).map(({ id }) => id),
      total: evidence.length,
    }));
  }
}

/** `signal` where a correlation refers to the rule: it raises no alert of its own. */
function printMatch(rule: LoadedRule, { print, minRank, ruleSet }: ScanRun, more: () => object): void {
  if (!print || severityRank(rule.level) < minRank) return;
  const signal = ruleSet.correlations.silent.has(rule.id);
  const about = { ruleId: rule.id, title: rule.reference.title, level: rule.level };
  print(`${JSON.stringify({ ...about, ...(signal && { signal }), ...more() })}\n`);
}
