/**
 * What `fenghuo` and rsigma match in the same recorded Windows events with the same rules, event by event, and why they differ.
 * No figure of speed: the counts are for `docs/rules.md`. `BENCH_EVENTS` limits the events (default all).
 */
import { spawn } from 'node:child_process';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Fields } from '#kernel/event.js';
import { compilePredicate, type Predicate } from '#kernel/query/predicate.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { loadRuleSet } from '#detections/rule-set.js';
import { sigmaRules } from '#test/sigma-corpus.js';
import { archives, writeEvents } from './recorded-events.js';
import { ROUTING, rsigma, windowsCorpus } from './windows-corpus.js';

const NUMBER = 'benchnumber';
/** Fields that rules name otherwise than the records do. */
const RENAMED = [
  'winlog.event_data.NewProcessName',
  'winlog.event_data.ParentProcessName',
  'winlog.provider_name',
];
const context = {
  receivedMs: Date.now(),
  unit: '/',
  realm: 'live',
  classification: 1,
  source: 'src_bench',
} as const;

if (!archives.present || !sigmaRules.present || !rsigma) {
  const reason = archives.present ? sigmaRules.reason : archives.reason;
  console.log(`skipped: ${rsigma ? reason : 'rsigma is not installed'}`);
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'fenghuo-agreement-'));
const corpus = windowsCorpus();
const file = join(folder, 'events.ndjson');
try {
  const { events } = await writeEvents(file, {
    limit: Number(process.env['BENCH_EVENTS'] ?? Infinity),
    numbered: NUMBER,
  });
  const theirs = new Map<number, Set<string>>();
  const words = ['engine', 'eval', '-r', corpus.folder, '-e', `@${file}`, '--input-format', 'json', '-q'];
  const more = ['--output-format', 'ndjson', '--include-event', ...ROUTING];
  const peer = spawn(rsigma, [...words, ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: peer.stdout })) {
    const match = JSON.parse(line) as { rule_id: string; event?: Record<string, unknown> };
    const number = Number(match.event?.[NUMBER]);
    theirs.set(number, (theirs.get(number) ?? new Set()).add(match.rule_id));
  }

  const { ruleSet } = await loadRuleSet([corpus.folder], {});
  const sources = new Map<string, Predicate>();
  const isAsked = (id: string, fields: Fields): boolean => {
    let source = sources.get(id);
    if (!source) sources.set(id, (source = compilePredicate(ruleSet.sourceOf(id) ?? { kind: 'all' })));
    return source(fields);
  };
  const seen = { both: 0, renamed: 0, ours: 0, source: 0, theirs: 0 };
  const unexplained = new Map<string, number>();
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { fields } = normalize({ value: JSON.parse(line) as Record<string, unknown> }, context);
    const own = ruleSet.match({ fields }, (rule, error) => {
      throw new Error(`${rule.id}: ${String(error)}`);
    });
    const left = theirs.get(number++) ?? new Set();
    for (const { rule, matched } of own)
      if (left.delete(rule.id)) seen.both += 1;
      else if (matched.some(({ path }) => RENAMED.includes(path))) seen.renamed += 1;
      else {
        seen.ours += 1;
        unexplained.set(rule.id, (unexplained.get(rule.id) ?? 0) + 1);
      }
    for (const id of left)
      if (!isAsked(id, fields)) seen.source += 1;
      else {
        seen.theirs += 1;
        unexplained.set(id, (unexplained.get(id) ?? 0) + 1);
      }
  }
  console.log(`${events} events, ${ruleSet.rules.length} rules
both                                          ${seen.both}
ours alone, by the names of fields            ${seen.renamed}
ours alone, not explained                     ${seen.ours}
rsigma alone, of another log source           ${seen.source}
rsigma alone, not explained                   ${seen.theirs}`);
  for (const [id, count] of unexplained) console.log(`  ${id} ${count}`);
} finally {
  corpus.remove();
  rmSync(folder, { recursive: true, force: true });
}
