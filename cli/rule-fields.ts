/** `fenghuo rules fields`: what the rules ask of each log source, and what of it given logs have. */
import { parseArgs } from 'node:util';
import { normalize } from '#collector/normalizers/normalize.js';
import {
  FieldCensus,
  nameOfSource,
  type AskedSource,
  type CountedSource,
  type SourceField,
} from '#detections/asked-fields.js';
import { loadRuleSet } from '#detections/rule-set.js';
import type { Io } from './io.js';
import { offlineContext, readRecords } from './read-records.js';
import { rawRecord } from './records.js';
import { ruleCache, rulePlaces, spreadRules } from './rule-folders.js';
import { printTable } from './table.js';

/** Exit code 1 if a log file cannot be read. */
export async function ruleFields(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...spreadRules(words)],
    allowPositionals: true,
    options: {
      rules: { type: 'string', multiple: true, default: [] },
      pipeline: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    },
  });
  const { folders, pipelines } = rulePlaces(values.rules, values.pipeline, io);
  const { ruleSet, failed } = await loadRuleSet(folders, { pipelines, keep: ruleCache(io) });
  if (failed > 0) io.err(`${failed} rules could not be loaded; \`fenghuo rules check\` says why\n`);
  const asked = ruleSet.asked();
  if (positionals.length === 0) {
    io.out(values.json ? `${JSON.stringify({ sources: asked.map(shown) })}\n` : tableOfAsked(asked));
    return 0;
  }
  const census = new FieldCensus(asked);
  const context = offlineContext(Date.now());
  const unreadable = await readRecords(positionals, {
    ...{ io, command: 'rules fields' },
    take: (record, file) => census.see(normalize(rawRecord(record, file), context).fields),
  });
  const counted = census.counted();
  io.out(
    values.json
      ? `${JSON.stringify({ events: census.events, sources: counted.map(shown) })}\n`
      : tableOfCounted(counted, census.events),
  );
  return unreadable > 0 ? 1 : 0;
}

function shown({ query: _, ...source }: AskedSource): object {
  return source;
}

function rowOf(source: AskedSource, { field, paths, rules }: SourceField) {
  return { 'log source': nameOfSource(source.logsource), field, rules: rules.length, paths };
}

function tableOfAsked(sources: readonly AskedSource[]): string {
  const rows = sources.flatMap((source) => source.fields.map((field) => rowOf(source, field)));
  return printTable(['log source', 'field', 'rules', 'paths'], rows);
}

/** The log sources that have events, with the fields that none of these has; then the sources without any. */
function tableOfCounted(sources: readonly CountedSource[], events: number): string {
  const heard = sources.filter((source) => source.events > 0);
  const silent = sources.filter((source) => source.events === 0);
  const overview = heard.map((source) => ({
    'log source': nameOfSource(source.logsource),
    rules: source.rules.length,
    events: source.events,
    fields: source.fields.length,
    'never seen': source.fields.filter(({ seen }) => seen === 0).length,
  }));
  const unseen = heard.flatMap((source) =>
    source.fields.filter(({ seen }) => seen === 0).map((field) => rowOf(source, field)),
  );
  const silentRules = silent.reduce((sum, { rules }) => sum + rules.length, 0);
  const names = silent.map(({ logsource, rules }) => ({
    'log source': nameOfSource(logsource),
    rules: rules.length,
  }));
  return [
    ...(heard.length > 0 ? [printTable(Object.keys(overview[0] ?? {}), overview)] : []),
    ...(unseen.length > 0
      ? [
          'Fields that rules ask for and no event of the log source has:\n',
          printTable(['log source', 'field', 'rules', 'paths'], unseen),
        ]
      : []),
    ...(silent.length > 0
      ? ['Log sources without an event:\n', printTable(['log source', 'rules'], names)]
      : []),
    `${events} events; ${heard.length} of ${sources.length} log sources have some, ${silentRules} rules look at the others\n`,
  ].join('\n');
}
