/** Gathers what rule files hold into one set: ids that are taken, filters for other rules, correlations of other rules. */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { and } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { readingsOf, type CorrelationEntry } from './correlation/definition.js';
import type { MatcherRule } from './matcher.js';
import { linkCorrelations } from './sigma/correlation-links.js';
import type { CompiledRule, PlacedCorrelation, PlacedFilter, RuleFile } from './sigma/file.js';
import { covers, filterOfRule, names, type FilterOfRule } from './sigma/filter.js';
import type { Applied, AskedField, MapRule, RuleMapping } from './sigma/mapping.js';
import type { Pipelines } from './sigma/pipeline/join.js';
import { placeProblems, type LocatedProblem } from './sigma/place.js';
import type { Problem } from './sigma/problem.js';
import type { SigmaRule } from './sigma/rule.js';
import type { LoadedRule } from './types.js';

/** A loaded rule with what people are shown of it. */
export interface DetectionRule extends LoadedRule {
  readonly sigma: SigmaRule;
  /** Path relative to its rule folder, with `/`. */
  readonly file: string;
  /** The folder as it was named. */
  readonly folder: string;
}

/** A rule that looks at one event. */
export interface Entry extends MatcherRule<DetectionRule> {
  readonly loaded: DetectionRule;
  /** What pipelines made of it, its filters included. */
  readonly applied: readonly Applied[];
  readonly asked: readonly AskedField[];
  /** What would bring its events, where no normalizer makes them. */
  readonly delivery?: string;
}

/** A correlation whose rules have all been found. */
interface CorrelationOf extends CorrelationEntry {
  readonly loaded: DetectionRule;
  readonly applied: readonly Applied[];
}

/** All that could be loaded, switched on or off. */
export interface Loaded {
  readonly entries: readonly Entry[];
  readonly correlations: readonly CorrelationOf[];
}

/** Of two rules with one id the first stands. */
export class GatheredRules {
  readonly #pipelines: Pipelines;
  readonly #diagnostics: Diagnostic[];
  readonly #entries = new Map<string, Entry>();
  readonly #filters: OriginFilter[] = [];
  readonly #correlations: OriginCorrelation[] = [];
  readonly #lost: Applied[] = [];
  #failed = 0;

  constructor(pipelines: Pipelines, diagnostics: readonly Diagnostic[] = []) {
    this.#pipelines = pipelines;
    this.#diagnostics = [...diagnostics, ...pipelines.diagnostics];
  }

  add({ rules, filters, correlations, diagnostics, failed, lost }: RuleFile, origin: Origin): void {
    this.#diagnostics.push(...diagnostics);
    this.#lost.push(...lost);
    this.#failed += failed + enter(rules, origin, this.#entries, this.#diagnostics);
    this.#filters.push(...filters.map((one) => ({ ...one, origin })));
    this.#correlations.push(...correlations.map((one) => ({ ...one, origin })));
  }

  /** A file that could not be read at all. */
  refuse(problem: Diagnostic): void {
    this.#diagnostics.push(problem);
    this.#failed++;
  }

  /** Once, when all files are in. */
  finish(): {
    readonly loaded: Loaded;
    readonly diagnostics: readonly Diagnostic[];
    readonly failed: number;
  } {
    const diagnostics = this.#diagnostics;
    const { map } = this.#pipelines;
    const loaded = {
      entries: filtered(this.#entries, this.#filters, map, diagnostics),
      correlations: correlated(this.#entries, this.#correlations, map, diagnostics),
    };
    const applied = [...loaded.entries, ...loaded.correlations].flatMap((one) => one.applied);
    diagnostics.push(...this.#pipelines.unused([...applied, ...this.#lost]));
    const failed = this.#failed + this.#correlations.length - loaded.correlations.length;
    return { loaded, diagnostics, failed };
  }
}

/** Where a file lies, and what it says. */
export interface Origin {
  readonly text: string;
  /** {@link hashOfText} */
  readonly textHash: string;
  readonly path: string;
  readonly folder: string;
  readonly name: string;
}

/** Number of rules that were refused for an id that is taken. */
function enter(
  rules: readonly CompiledRule[],
  origin: Origin,
  entries: Map<string, Entry>,
  diagnostics: Diagnostic[],
): number {
  if (rules.length === 0) return 0;
  let refused = 0;
  for (const compiled of rules) {
    const taken = entries.get(compiled.rule.id);
    if (taken) {
      diagnostics.push(duplicate(compiled.rule, origin, taken.loaded));
      refused++;
    } else entries.set(compiled.rule.id, entryOf(compiled, origin));
  }
  return refused;
}

function entryOf({ rule, ...compiled }: CompiledRule, origin: Origin): Entry {
  const { source, detection, selections, applied, asked, delivery } = compiled;
  return {
    loaded: loadedOf(rule, origin, applied),
    ...{ source, detection, selections, applied, asked },
    ...(delivery !== undefined && { delivery }),
  };
}

function loadedOf(rule: SigmaRule, origin: Origin, applied: readonly Applied[] = []): DetectionRule {
  const text = withApplied(origin.text, applied);
  const version = versionOf(applied.length === 0 ? origin.textHash : hashOfText(text));
  return {
    id: rule.id,
    version,
    reference: {
      id: rule.id,
      version,
      title: rule.title,
      ...(rule.author !== undefined && { author: rule.author }),
      ...(rule.license !== undefined && { license: rule.license }),
      tags: [...rule.tags],
    },
    level: rule.level,
    text,
    ...(rule.entity && { entity: rule.entity }),
    ...(rule.outcome && { outcome: rule.outcome }),
    ...(rule.passthrough && { passthrough: rule.passthrough }),
    sigma: rule,
    file: origin.name,
    folder: origin.folder,
  };
}

interface OriginCorrelation extends PlacedCorrelation {
  readonly origin: Origin;
}

/** The correlations whose rules are all there. */
function correlated(
  entries: ReadonlyMap<string, Entry>,
  correlations: readonly OriginCorrelation[],
  map: MapRule,
  diagnostics: Diagnostic[],
): readonly CorrelationOf[] {
  const known = new Map<string, OriginCorrelation>();
  for (const one of correlations) {
    const { rule, origin } = one;
    const other = known.get(rule.id);
    const taken = entries.get(rule.id)?.loaded ?? (other && loadedOf(other.rule, other.origin));
    if (taken) diagnostics.push(duplicate(rule, origin, taken));
    else known.set(rule.id, one);
  }
  if (known.size === 0) return [];
  const { children, problems } = linkCorrelations(
    [...entries.values()].map(({ loaded: { sigma, file, folder } }) => ({
      ...sigma,
      file: join(folder, file),
    })),
    [...known.values()].map(({ rule, correlation, origin }) => ({
      ...rule,
      correlation,
      file: join(origin.folder, origin.name),
    })),
  );
  for (const { correlation, problem } of problems) {
    const { document, origin } = known.get(correlation) as OriginCorrelation;
    diagnostics.push(...placeProblems(origin.text, origin.path, [{ ...problem, document }]));
  }
  return [...known].flatMap(([id, { rule, correlation, origin }]) => {
    const found = children.get(id);
    if (found === undefined) return [];
    const mappings = new Map<string, RuleMapping>();
    const readings = readingsOf(
      correlation,
      found,
      (one) => children.get(one),
      (leaf) => {
        const mapping = mappings.get(leaf) ?? map(entries.get(leaf)?.loaded.sigma.logsource ?? {});
        mappings.set(leaf, mapping);
        return (field) => mapping.field(field).paths;
      },
    );
    const applied = [...mappings.values()].flatMap((mapping) => mapping.applied().filter(isOfField));
    return [{ loaded: loadedOf(rule, origin, applied), correlation, children: found, readings, applied }];
  });
}

/** Of the rules below a correlation only the places of fields are its own. */
function isOfField({ effect }: Applied): boolean {
  return Object.keys(effect).some((key) => key.startsWith('field_name_'));
}

interface OriginFilter extends PlacedFilter {
  readonly origin: Origin;
}

/**
 * The rules with the filters that are meant for them. A filter is part of the rule: its text stands below the rule's, and
 * the version is of both.
 */
function filtered(
  entries: ReadonlyMap<string, Entry>,
  filters: readonly OriginFilter[],
  map: MapRule,
  diagnostics: Diagnostic[],
): readonly Entry[] {
  const rules = new Map(entries);
  for (const { filter, document, origin } of filters) {
    const told: LocatedProblem[] = [];
    const named = [...rules.values()].filter(({ loaded }) => names(filter, loaded.sigma));
    for (const entry of named)
      if (covers(filter, entry.loaded.sigma)) {
        const made = filterOfRule(filter, entry.loaded.sigma, map);
        rules.set(entry.loaded.id, withFilter(entry, made, origin));
        for (const problem of made.problems) told.push({ ...ofRule(problem, entry.loaded), document });
      } else if (filter.rules) told.push({ ...otherSource(entry.loaded), document });
    for (const [at, name] of (filter.rules ?? []).entries())
      if (!named.some(({ loaded: { sigma } }) => sigma.id === name || sigma.name === name))
        told.push({ ...noRule(name, at), document });
    diagnostics.push(...placeProblems(origin.text, origin.path, told));
  }
  return [...rules.values()];
}

/** Where the filter cannot be joined to the rule, the rule stays as it is. */
function withFilter(
  entry: Entry,
  { query, applied: all, asked }: FilterOfRule,
  { name, text: own }: Origin,
): Entry {
  if (!query) return entry;
  const before = new Set(entry.applied.map((one) => JSON.stringify(one)));
  const applied = all.filter((one) => !before.has(JSON.stringify(one)));
  const text = withApplied(`${entry.loaded.text.trimEnd()}\n---\n# ${name}\n${own}`, applied);
  const version = versionOf(hashOfText(text));
  return {
    ...entry,
    detection: and(entry.detection, query),
    loaded: { ...entry.loaded, text, version, reference: { ...entry.loaded.reference, version } },
    applied: [...entry.applied, ...applied],
    asked: [...entry.asked, ...asked],
  };
}

/**
 * The text with what pipelines made of it in comments: as little as that, or each change of a pipeline would make new
 * versions of all rules.
 */
function withApplied(text: string, applied: readonly Applied[]): string {
  if (applied.length === 0) return text;
  const lines = applied.map(
    ({ pipeline, effect }) => `# ${pipeline}: ${dump(effect, { flowLevel: 0, lineWidth: -1 }).trimEnd()}\n`,
  );
  return `${text.trimEnd()}\n${lines.join('')}`;
}

function ofRule(problem: Problem, { id }: DetectionRule): Problem {
  return { ...problem, message: `the rule \`${id}\` is not filtered: ${problem.message}` };
}

function otherSource({ id, sigma: { title } }: DetectionRule): Problem {
  return {
    code: 'sigma.filter.other_source',
    severity: 'warning',
    message: `the rule \`${id}\` (${title}) has another log source, and is not filtered`,
    hint: 'leave out of `logsource` what the rule does not have',
    at: ['logsource'],
    part: 'key',
  };
}

function noRule(name: string, at: number): Problem {
  return {
    code: 'sigma.filter.no_rule',
    severity: 'warning',
    message: `no rule has the id or name \`${name}\``,
    hint: 'check that its file is loaded',
    at: ['filter', 'rules', at],
  };
}

/** SHA-256, hexadecimal. */
export function hashOfText(text: string): string {
  return hash('sha256', text);
}

function versionOf(textHash: string): string {
  return textHash.slice(0, 12);
}

function duplicate(rule: SigmaRule, { text, path, folder, name }: Origin, first: DetectionRule): Diagnostic {
  // Within one file the copy is the later of them.
  const lines = text.split('\n');
  const holds = (line: string): boolean => line.startsWith('id:') && line.includes(rule.id);
  const within = first.folder === folder && first.file === name;
  const at = within ? lines.findLastIndex(holds) : lines.findIndex(holds);
  return {
    code: 'sigma.id.duplicate',
    severity: 'error',
    message: `the id \`${rule.id}\` belongs to \`${first.file}\` already`,
    hint: 'give the copy a fresh UUID, or remove one of them',
    file: path,
    line: at + 1 || 1,
    column: 1,
  };
}
