/** `fenghuo scan`: judges log files offline, with the normalizers and the matcher that the server uses. */
import { parseArgs } from 'node:util';
import { SEVERITIES, severityRank, type Severity } from '#kernel/vocabulary.js';
import type { Event, NewEvent } from '#kernel/event.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { iso } from '#kernel/clock.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { loadRuleSet } from '#detections/rule-set.js';
import type { RuleMatch, RuleSet } from '#detections/types.js';
import { ownRules } from '#server/paths.js';
import { filesOf, printable } from './files.js';
import { UsageError, type Io } from './io.js';
import { rawRecord, readLogs, type Log } from './records.js';
import { spreadRules } from './rule-folders.js';
import { createTally, type Tally } from './scan-tally.js';

export async function scan(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...spreadRules(words)],
    allowPositionals: true,
    options: {
      rules: { type: 'string', multiple: true },
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

  const { ruleSet, diagnostics, failed } = await loadRuleSet(folders, {});
  const errors = diagnostics.filter((one) => one.severity === 'error');
  if (errors.length > 0) io.err(`${failed} rules could not be loaded; \`fenghuo rules check\` says why\n`);
  if (ruleSet.rules.length === 0) throw new UsageError(`no rule was found in ${folders.join(', ')}`);

  const tally = createTally(ruleSet.rules.length, failed);
  const quiet = values.summary === 'json';
  let unreadable = 0;
  for (const file of await filesOf(positionals, (path, error) => {
    unreadable += 1;
    io.err(`fenghuo scan: ${path}: ${error.message}\n`);
  })) {
    if (io.signal.aborted) break;
    try {
      for await (const log of readLogs(file, ({ name, reason }) =>
        io.err(`fenghuo scan: ${printable(name)}: passed over: ${reason}\n`),
      ))
        await scanLog(log, {
          ruleSet,
          tally,
          minRank: severityRank(minLevel),
          print: quiet ? undefined : io.out,
          progress: io.interactive ? io.err : undefined,
          signal: io.signal,
        });
    } catch (error) {
      unreadable += 1;
      io.err(`fenghuo scan: ${file}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  if (quiet) io.out(`${JSON.stringify(tally.summary())}\n`);
  else if (values.summary === 'table' || io.interactive) io.err(`\n${tally.table()}`);
  return unreadable > 0 ? 1 : 0;
}

interface ScanRun {
  readonly ruleSet: RuleSet;
  readonly tally: Tally;
  readonly minRank: number;
  /** Takes a match's JSON line; undefined: nothing is printed. */
  readonly print: ((text: string) => void) | undefined;
  readonly progress: ((text: string) => void) | undefined;
  readonly signal: AbortSignal;
}

async function scanLog(log: Log, run: ScanRun): Promise<void> {
  const context = {
    receivedMs: Date.now(),
    unit: ROOT_UNIT,
    realm: LIVE,
    classification: 1,
    source: 'scan',
  } as const;
  for await (const record of log.records) {
    if (run.signal.aborted) return;
    const event = accepted(
      normalize(rawRecord(record, log.name), context),
      record.number,
      context.receivedMs,
    );
    const matches = run.ruleSet.match(event, (rule, error) => run.tally.failed(rule, error));
    run.tally.judged(record.kind === 'broken', matches);
    if (matches.length > 0 && run.print) printMatches(matches, event, log.name, record.number, run);
    if (run.progress && run.tally.events % 20_000 === 0)
      run.progress(`\r${run.tally.events} events, ${run.tally.matches} matches `);
  }
}

function accepted(event: NewEvent, number: number, receivedMs: number): Event {
  return { ...event, id: `evt_scan_${number}`, seq: number, ingestedMs: receivedMs };
}

function printMatches(
  matches: readonly RuleMatch[],
  event: Event,
  file: string,
  record: number,
  run: ScanRun,
): void {
  for (const { rule, matched } of matches) {
    if (severityRank(rule.level) < run.minRank) continue;
    const level: Severity = rule.level;
    run.print?.(
      `${JSON.stringify({ ruleId: rule.id, title: rule.reference.title, level, file, record, eventTime: iso(event.timeMs), matched })}\n`,
    );
  }
}
