/** Sets of Sigma rules: loaded from folders, switched on and off, reloaded when a file changes. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { and, or, type Query } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import type { Arrival, Arriving } from './matching/arrivals.js';
import {
  defineCorrelations,
  rolesOf,
  type CorrelationEntry,
  type Correlations,
  type RuleRoles,
} from './correlation/definition.js';
import { filesBelow } from './rule-files.js';
import { Matcher, type Match, type MatcherRule } from './matcher.js';
import { linkCorrelations } from './sigma/correlation-links.js';
import {
  readRuleFile,
  type CompiledRule,
  type PlacedCorrelation,
  type PlacedFilter,
  type RuleFile,
} from './sigma/file.js';
import { covers, filterQuery, names, type SigmaFilter } from './sigma/filter.js';
import { placeProblems, type LocatedProblem } from './sigma/place.js';
import type { Problem } from './sigma/problem.js';
import type { SigmaRule } from './sigma/rule.js';
import type { LoadedRule, RuleSet } from './types.js';

/** A loaded rule with what people are shown of it. */
export interface DetectionRule extends LoadedRule {
  readonly sigma: SigmaRule;
  /** Path relative to its rule folder, with `/`. */
  readonly file: string;
  /** The folder as it was named. */
  readonly folder: string;
}

/** What one load gave. Nothing in it ever stops the others: a broken rule is among `diagnostics`, and counted. */
export interface LoadedRuleSet {
  readonly ruleSet: SigmaRuleSet;
  /** Of all files, in their order; `file` is the folder joined with the path. */
  readonly diagnostics: readonly Diagnostic[];
  /** Rules (documents) that could not be loaded. */
  readonly failed: number;
}

export interface LoadOptions {
  /** Ids of rules that people switched off; an id that no rule has is ignored. */
  readonly disabled?: ReadonlySet<string>;
  /** Keeps what was read of unchanged files from one load to the next. */
  readonly cache?: RuleFileCache;
}

/** Files by path, as they were read last. */
export class RuleFileCache {
  readonly #files = new Map<string, { readonly text: string; readonly file: RuleFile }>();

  read(path: string, text: string): RuleFile {
    const known = this.#files.get(path);
    if (known?.text === text) return known.file;
    const file = readRuleFile(text, path);
    this.#files.set(path, { text, file });
    return file;
  }

  /** Forgets what is not among `paths`. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path);
  }
}

interface Entry extends MatcherRule<DetectionRule> {
  readonly loaded: DetectionRule;
}

/** A correlation whose rules have all been found. */
interface CorrelationOf extends CorrelationEntry {
  readonly loaded: DetectionRule;
}

/** All that could be loaded, switched on or off. */
interface Loaded {
  readonly entries: readonly Entry[];
  readonly correlations: readonly CorrelationOf[];
}

export class SigmaRuleSet implements RuleSet {
  /** SHA-256 over ids and versions of the enabled rules, hexadecimal. */
  readonly version: string;
  /** The enabled rules, in the order of their matches. */
  readonly rules: readonly DetectionRule[];
  /** Loaded, and switched off. */
  readonly disabled: readonly DetectionRule[];
  readonly correlations: Correlations;
  readonly #loaded: Loaded;
  readonly #all: readonly Entry[];
  readonly #matcher: Matcher<DetectionRule>;
  #sourceKeys: ReadonlyMap<string, string> | undefined;

  private constructor(loaded: Loaded, disabled: ReadonlySet<string>) {
    this.#loaded = loaded;
    const all = loaded.entries;
    this.#all = all;
    const enabled = all.filter(({ loaded: { id } }) => !disabled.has(id));
    const rules = [...all, ...loaded.correlations].map((one) => one.loaded);
    this.rules = rules.filter(({ id }) => !disabled.has(id));
    this.disabled = rules.filter(({ id }) => disabled.has(id));
    const sources = new Map(all.map(({ loaded: { id, sigma } }) => [id, sigma.logsource]));
    this.correlations = defineCorrelations(
      loaded.correlations,
      (id) => sources.get(id),
      (id) => !disabled.has(id),
    );
    this.version = versionOf(this.rules);
    // Of a rule that is off one wants to know, too, whether its logs come: before it is switched on.
    this.#matcher = new Matcher(
      enabled,
      all.map(({ source }) => source),
    );
  }

  /** @internal Made by {@link loadRuleSet} and {@link ruleSetOf}. */
  static of(loaded: Loaded, disabled: ReadonlySet<string>): SigmaRuleSet {
    return new SigmaRuleSet(loaded, disabled);
  }

  /** The same rules under other switches: another object. */
  withDisabled(disabled: ReadonlySet<string>): SigmaRuleSet {
    return new SigmaRuleSet(this.#loaded, disabled);
  }

  /** The rule alone, also one that is switched off, with those that it refers to; undefined where there is no such rule. */
  alone(id: string): SigmaRuleSet | undefined {
    const wanted = new Set<string>();
    const want = (one: string): void => {
      if (wanted.has(one)) return;
      wanted.add(one);
      this.#loaded.correlations.find(({ loaded }) => loaded.id === one)?.children.forEach(want);
    };
    want(id);
    const entries = this.#all.filter(({ loaded }) => wanted.has(loaded.id));
    const correlations = this.#loaded.correlations.filter(({ loaded }) => wanted.has(loaded.id));
    if (entries.length === 0) return undefined;
    return new SigmaRuleSet({ entries, correlations }, new Set());
  }

  /**
   * What the rule asks of an event, its log source included; of a correlation, what any of the rules below it asks.
   * Undefined where there is no such rule.
   */
  queryOf(id: string): Query | undefined {
    const entry = this.#all.find(({ loaded }) => loaded.id === id);
    if (entry) return and(entry.source, entry.detection);
    const correlation = this.#loaded.correlations.find(({ loaded }) => loaded.id === id);
    return correlation && or(...correlation.children.flatMap((child) => this.queryOf(child) ?? []));
  }

  /** What correlations make of the rule, whether they are on or off; undefined where they do nothing with it. */
  rolesOf(id: string): RuleRoles | undefined {
    return rolesOf(id, this.#loaded.correlations);
  }

  /** Names the rule's log source: rules that listen to the same have the same; undefined where there is none, or no such rule. */
  sourceKeyOf(id: string): string | undefined {
    this.#sourceKeys ??= sourceKeys(this.#all);
    return this.#sourceKeys.get(id);
  }

  /** When events of each log source came last while this set judged, by its key. */
  arrivals(): ReadonlyMap<string, Arrival> {
    const found = new Map<string, Arrival>();
    for (const { loaded, source } of this.#all) {
      const key = this.sourceKeyOf(loaded.id) as string;
      if (!found.has(key)) found.set(key, this.#matcher.arrivalOf(source) ?? NEVER);
    }
    return found;
  }

  /** Bytes of the matcher's literal tables so far: they are built as kinds of logs come by. */
  get tableBytes(): number {
    return this.#matcher.tableBytes;
  }

  match(
    event: Arriving,
    onError: (rule: DetectionRule, error: unknown) => void,
  ): readonly Match<DetectionRule>[] {
    return this.#matcher.match(event, onError);
  }
}

const NEVER: Arrival = { lastMs: 0, sampleMs: 0 };

function sourceKeys(entries: readonly Entry[]): ReadonlyMap<string, string> {
  return new Map(
    entries.map(({ loaded, source }) => [
      loaded.id,
      createHash('sha256').update(JSON.stringify(source)).digest('hex').slice(0, 16),
    ]),
  );
}

function versionOf(rules: readonly DetectionRule[]): string {
  const hash = createHash('sha256');
  for (const line of rules.map((rule) => `${rule.id} ${rule.version}\n`).sort()) hash.update(line);
  return hash.digest('hex');
}

/** Milliseconds of reading after which others get their turn. */
const SLICE_MS = 15;

/**
 * Reads every `*.yml` and `*.yaml` below the folders, but `*.test.yml`. Of two rules with one id the first stands: by
 * order of folders, then of paths. A file may stand for a folder. What cannot be read is a diagnostic. Gives way to others
 * meanwhile.
 */
export async function loadRuleSet(
  folders: readonly string[],
  options: LoadOptions = {},
): Promise<LoadedRuleSet> {
  const diagnostics: Diagnostic[] = [];
  const entries = new Map<string, Entry>();
  const filters: OriginFilter[] = [];
  const correlations: OriginCorrelation[] = [];
  const cache = options.cache ?? new RuleFileCache();
  const seen = new Set<string>();
  let failed = 0;
  let since = performance.now();
  for (const named of folders) {
    const { folder, names } = await listRules(named, diagnostics);
    for (const name of names) {
      const path = join(folder, name);
      seen.add(path);
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        diagnostics.push(unreadable(path, error));
        failed++;
        continue;
      }
      const file = cache.read(path, text);
      diagnostics.push(...file.diagnostics);
      const origin = { text, path, folder, name };
      failed += file.failed + enter(file.rules, origin, entries, diagnostics);
      filters.push(...file.filters.map((one) => ({ ...one, origin })));
      correlations.push(...file.correlations.map((one) => ({ ...one, origin })));
      if (performance.now() - since > SLICE_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        since = performance.now();
      }
    }
  }
  cache.keep(seen);
  const loaded = {
    entries: filtered(entries, filters, diagnostics),
    correlations: correlated(entries, correlations, diagnostics),
  };
  failed += correlations.length - loaded.correlations.length;
  return { ruleSet: SigmaRuleSet.of(loaded, options.disabled ?? new Set()), diagnostics, failed };
}

/** A set of rules given as texts (tests, previews); of two rules with one id the first stands. */
export function ruleSetOf(
  texts: Readonly<Record<string, string>>,
  disabled: ReadonlySet<string> = new Set(),
): LoadedRuleSet {
  const diagnostics: Diagnostic[] = [];
  const entries = new Map<string, Entry>();
  const filters: OriginFilter[] = [];
  const correlations: OriginCorrelation[] = [];
  let failed = 0;
  for (const [name, text] of Object.entries(texts)) {
    const file = readRuleFile(text, name);
    diagnostics.push(...file.diagnostics);
    const origin = { text, path: name, folder: '', name };
    failed += file.failed + enter(file.rules, origin, entries, diagnostics);
    filters.push(...file.filters.map((one) => ({ ...one, origin })));
    correlations.push(...file.correlations.map((one) => ({ ...one, origin })));
  }
  const loaded = {
    entries: filtered(entries, filters, diagnostics),
    correlations: correlated(entries, correlations, diagnostics),
  };
  failed += correlations.length - loaded.correlations.length;
  return { ruleSet: SigmaRuleSet.of(loaded, disabled), diagnostics, failed };
}

interface Origin {
  readonly text: string;
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
  const version = versionOfText(origin.text);
  let refused = 0;
  for (const compiled of rules) {
    const taken = entries.get(compiled.rule.id);
    if (taken) {
      diagnostics.push(duplicate(compiled.rule, origin, taken.loaded));
      refused++;
    } else entries.set(compiled.rule.id, entryOf(compiled, origin, version));
  }
  return refused;
}

function entryOf(
  { rule, source, detection, selections }: CompiledRule,
  origin: Origin,
  version: string,
): Entry {
  return { loaded: loadedOf(rule, origin, version), source, detection, selections };
}

function loadedOf(rule: SigmaRule, origin: Origin, version: string): DetectionRule {
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
    text: origin.text,
    ...(rule.entity && { entity: rule.entity }),
    ...(rule.outcome && { outcome: rule.outcome }),
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
  diagnostics: Diagnostic[],
): readonly CorrelationOf[] {
  const known = new Map<string, OriginCorrelation>();
  for (const one of correlations) {
    const { rule, origin } = one;
    const other = known.get(rule.id);
    const taken =
      entries.get(rule.id)?.loaded ??
      (other && loadedOf(other.rule, other.origin, versionOfText(other.origin.text)));
    if (taken) diagnostics.push(duplicate(rule, origin, taken));
    else known.set(rule.id, one);
  }
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
    return [{ loaded: loadedOf(rule, origin, versionOfText(origin.text)), correlation, children: found }];
  });
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
  diagnostics: Diagnostic[],
): readonly Entry[] {
  const rules = new Map(entries);
  for (const { filter, document, origin } of filters) {
    const told: LocatedProblem[] = [];
    const named = [...rules.values()].filter(({ loaded }) => names(filter, loaded.sigma));
    for (const entry of named)
      if (covers(filter, entry.loaded.sigma)) rules.set(entry.loaded.id, withFilter(entry, filter, origin));
      else if (filter.rules) told.push({ ...otherSource(entry.loaded), document });
    for (const [at, name] of (filter.rules ?? []).entries())
      if (!named.some(({ loaded: { sigma } }) => sigma.id === name || sigma.name === name))
        told.push({ ...noRule(name, at), document });
    diagnostics.push(...placeProblems(origin.text, origin.path, told));
  }
  return [...rules.values()];
}

function withFilter(entry: Entry, filter: SigmaFilter, { name, text: own }: Origin): Entry {
  const text = `${entry.loaded.text.trimEnd()}\n---\n# ${name}\n${own}`;
  const version = versionOfText(text);
  return {
    ...entry,
    detection: and(entry.detection, filterQuery(filter, entry.loaded.sigma)),
    loaded: { ...entry.loaded, text, version, reference: { ...entry.loaded.reference, version } },
  };
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

function versionOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function duplicate(rule: SigmaRule, { text, path }: Origin, first: DetectionRule): Diagnostic {
  // Within one file the copy is the later of them.
  const lines = text.split('\n');
  const holds = (line: string): boolean => line.startsWith('id:') && line.includes(rule.id);
  const at = first.text === text ? lines.findLastIndex(holds) : lines.findIndex(holds);
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

/** All rule files below a folder; a file that was named itself is the one file of its folder. */
async function listRules(path: string, diagnostics: Diagnostic[]): Promise<RuleFiles> {
  try {
    if ((await stat(path)).isFile()) return { folder: dirname(path), names: [basename(path)] };
    const names = await filesBelow(path);
    return {
      folder: path,
      names: names.filter((name) => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)),
    };
  } catch (error) {
    diagnostics.push(unreadable(path, error));
    return { folder: path, names: [] };
  }
}

interface RuleFiles {
  readonly folder: string;
  readonly names: readonly string[];
}

function unreadable(path: string, error: unknown): Diagnostic {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return {
    code: 'sigma.file.unreadable',
    severity: 'error',
    message: `\`${path}\` cannot be read: ${reason}`,
    hint: 'check that it is there and that the server may read it',
    file: path,
    line: 1,
    column: 1,
  };
}
