/** Reads the text of a rule file: every document in it, and all that is wrong with any of them. */
import { loadAll } from 'js-yaml';
import { and, type Query } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { mergeActions, writerOf } from './actions.js';
import { splitAggregation } from './aggregation.js';
import { readCorrelation, type SigmaCorrelation } from './correlation.js';
import { compileDetection, type NamedQuery } from './detection.js';
import { readFilter, type SigmaFilter } from './filter.js';
import type { Applied, AskedField, MapRule, RuleMapping } from './mapping.js';
import { isBag, readMetadata, type Bag } from './metadata.js';
import { NO_PIPELINES } from './pipeline/join.js';
import { placeProblems, type LocatedProblem } from './place.js';
import type { Problem, Report } from './problem.js';
import type { SigmaRule } from './rule.js';
import { readYaml } from './yaml.js';

/** A rule ready to be matched. */
export interface CompiledRule {
  readonly rule: SigmaRule;
  /** Which events it is about. */
  readonly source: Query;
  /** What must hold of them. */
  readonly detection: Query;
  readonly selections: readonly NamedQuery[];
  /** What pipelines made of it. */
  readonly applied: readonly Applied[];
  readonly asked: readonly AskedField[];
  /** What would bring its events, where no normalizer makes them. */
  readonly delivery?: string;
}

/** A filter with its place in the file, for what is wrong with it among other rules. */
export interface PlacedFilter {
  readonly filter: SigmaFilter;
  /** Index of its document. */
  readonly document: number;
}

/** A correlation as it was read; the rules that it refers to may stand in other files. */
export interface PlacedCorrelation {
  readonly rule: SigmaRule;
  readonly correlation: SigmaCorrelation;
  /** Index of its document. */
  readonly document: number;
}

export interface RuleFile {
  readonly rules: readonly CompiledRule[];
  readonly filters: readonly PlacedFilter[];
  readonly correlations: readonly PlacedCorrelation[];
  /** Errors and warnings, by place. A document with an error is not among the rules. */
  readonly diagnostics: readonly Diagnostic[];
  /** Documents that gave nothing for being wrong. */
  readonly failed: number;
  /** What pipelines made of those. */
  readonly lost: readonly Applied[];
}

/** Longest rule file, in UTF-16 units. */
export const MAX_FILE_LENGTH = 1_048_576;

const NOTHING = { rules: [], filters: [], correlations: [], lost: [] } as const;

/** `file` is the path that diagnostics name, and the id of rules that have none. Never throws. */
export function readRuleFile(text: string, file: string, map: MapRule = NO_PIPELINES.map): RuleFile {
  const problems: LocatedProblem[] = [];
  if (text.length > MAX_FILE_LENGTH) {
    const problem = {
      code: 'sigma.document.too_large',
      message: `the file is longer than ${MAX_FILE_LENGTH} characters`,
      hint: 'split it',
      at: [],
      document: 0,
    } as const;
    return { ...NOTHING, diagnostics: placeProblems('', file, [problem]), failed: 1 };
  }
  const read = readYaml<unknown[]>(loadAll, text, file);
  if (!read.ok) return { ...NOTHING, diagnostics: read.diagnostics, failed: 1 };
  const rules: CompiledRule[] = [];
  const filters: PlacedFilter[] = [];
  const correlations: PlacedCorrelation[] = [];
  const lost: Applied[] = [];
  let failed = 0;
  const present = read.value
    .map((document, index) => ({ document, index }))
    .filter(({ document }) => document !== null && document !== undefined);
  if (present.length === 0) {
    problems.push({
      code: 'sigma.yaml.empty',
      message: 'the file holds no document',
      hint: 'write a rule, or remove the file',
      at: [],
      document: 0,
    });
    failed = 1;
  }
  const merged = mergeActions(present, (problem) => problems.push(problem));
  failed += merged.failed;
  const told = new Set<string>();
  for (const each of merged.documents) {
    const { document, index } = each;
    const own: Problem[] = [];
    const report: Report = (problem) => own.push(problem);
    const mappings: RuleMapping[] = [];
    const mapped: MapRule = (source) => {
      const mapping = map(source);
      mappings.push(mapping);
      return mapping;
    };
    const id = index === 0 ? file : `${file}#${index + 1}`;
    const made = readParts(document, id, mapped, report);
    for (const problem of own) {
      const writer = writerOf(each, problem.at);
      // What a document lends to ten others is wrong once.
      const key = JSON.stringify([writer, problem]);
      if (writer !== index && told.has(key)) continue;
      told.add(key);
      problems.push({ ...problem, document: writer });
    }
    if (!made || own.some((problem) => problem.severity !== 'warning')) {
      failed++;
      lost.push(...mappings.flatMap((mapping) => mapping.applied()));
    } else
      for (const one of made)
        if ('filter' in one) filters.push({ filter: one.filter, document: index });
        else if ('correlation' in one) correlations.push({ ...one, document: index });
        else rules.push(one);
  }
  return { rules, filters, correlations, diagnostics: placeProblems(text, file, problems), failed, lost };
}

type Read = CompiledRule | { readonly filter: SigmaFilter } | Omit<PlacedCorrelation, 'document'>;

/** What a document describes: one thing, or the parts of an aggregation. */
function readParts(
  document: unknown,
  fallbackId: string,
  map: MapRule,
  report: Report,
): readonly Read[] | undefined {
  if (!isBag(document)) {
    report({
      code: 'sigma.document.not_a_map',
      message: 'the document is not a map',
      hint: 'a rule begins with `title:`',
      at: [],
    });
    return undefined;
  }
  const made: Read[] = [];
  for (const part of splitAggregation(document, fallbackId, report) ?? [undefined]) {
    const read =
      part &&
      readDocument(part.document, fallbackId, map, (problem) => {
        const at = part.placed(problem.at);
        if (at) report({ ...problem, at });
      });
    if (!read) return undefined;
    made.push(read);
  }
  return made;
}

function readDocument(document: Bag, fallbackId: string, map: MapRule, report: Report): Read | undefined {
  if (Object.hasOwn(document, 'filter')) {
    const filter = readFilter(document, map, report);
    return filter && { filter };
  }
  const rule = readMetadata(document, fallbackId, report);
  if (Object.hasOwn(document, 'correlation')) {
    const correlation = readCorrelation(document, report);
    return correlation && { rule, correlation };
  }
  const mapping = map(rule.logsource);
  for (const problem of mapping.problems) report(problem);
  const compiled = compileDetection(document['detection'], mapping.field, report);
  if (!compiled) return undefined;
  const detection = and(compiled.query, ...mapping.added);
  return {
    rule,
    source: mapping.query,
    detection,
    selections: compiled.selections,
    applied: mapping.applied(),
    asked: mapping.asked(),
    ...(mapping.delivery !== undefined && { delivery: mapping.delivery }),
  };
}
