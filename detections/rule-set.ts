/** Sets of Sigma rules: loaded from folders, switched on and off, reloaded when a file changes. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { and, or, type Query } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { askedSources, type AskedSource } from './asked-fields.js';
import type { Arrival } from './matching/arrivals.js';
import { defineCorrelations, rolesOf, type Correlations, type RuleRoles } from './correlation/definition.js';
import { GatheredRules, hashOfText, type DetectionRule, type Entry, type Loaded } from './gathered-rules.js';
import { KeptRuleFiles, type RuleCachePlace } from './rule-cache.js';
import { listRuleFiles, loadPipelines, readRuleText, type Refuse } from './rule-files.js';
import { Matcher, type Arriving, type Match } from './matcher.js';
import { readRuleFile, type RuleFile } from './sigma/file.js';
import { isPipelineName, readPipeline } from './sigma/pipeline/file.js';
import { joinPipelines, NO_PIPELINES, type Pipelines } from './sigma/pipeline/join.js';
import type { RuleSet } from './types.js';

export type { DetectionRule };

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
  /** Pipeline files, and folders of them, besides those that lie in the rule folders. */
  readonly pipelines?: readonly string[];
  /** Keeps what was read of unchanged files from one load to the next. */
  readonly cache?: RuleFileCache;
  /** Keeps it from one start to the next. Default: nowhere. */
  readonly keep?: RuleCachePlace;
}

/** Files by path, as they were read last. */
export class RuleFileCache {
  readonly #files = new Map<string, { readonly text: string; readonly file: RuleFile }>();
  #pipelines = NO_PIPELINES;

  /** Other pipelines make other rules of the same files. */
  use(pipelines: Pipelines): void {
    if (pipelines.key !== this.#pipelines.key) this.#files.clear();
    this.#pipelines = pipelines;
  }

  read(path: string, text: string, textHash: string, kept?: KeptRuleFiles): RuleFile {
    const known = this.#files.get(path);
    if (known?.text === text) return known.file;
    let file = kept?.read(path, textHash);
    if (!file) {
      file = readRuleFile(text, path, this.#pipelines.map);
      kept?.add(path, textHash, file);
    }
    this.#files.set(path, { text, file });
    return file;
  }

  /** Forgets what is not among `paths`. */
  keep(paths: ReadonlySet<string>): void {
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path);
  }
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
    this.correlations = defineCorrelations(loaded.correlations, (id) => !disabled.has(id));
    this.version = versionOf(this.rules);
    // Of a rule that is off one wants to know, too, whether its logs come: before it is switched on.
    this.#matcher = new Matcher(enabled, [...new Set(all.map(({ source }) => source))]);
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

  /** What the enabled rules ask of the events of each log source. */
  asked(): readonly AskedSource[] {
    const enabled = new Set(this.rules);
    return askedSources(
      this.#all.filter(({ loaded }) => enabled.has(loaded)),
      this.correlations.definitions,
    );
  }

  /** Which events the rule is asked about; undefined where there is no such rule, or it is a correlation. */
  sourceOf(id: string): Query | undefined {
    return this.#all.find(({ loaded }) => loaded.id === id)?.source;
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
  const refuse: Refuse = (problem) => diagnostics.push(problem);
  const listed = folders.map((folder) => listRuleFiles(folder, refuse));
  const pipelines = loadPipelines(listed, options.pipelines ?? [], refuse);
  const gathered = new GatheredRules(pipelines, diagnostics);
  const cache = options.cache ?? new RuleFileCache();
  cache.use(pipelines);
  const kept = options.keep && KeptRuleFiles.open(options.keep, folders, pipelines);
  const seen = new Set<string>();
  let since = performance.now();
  for (const { folder, names } of listed)
    for (const name of names.filter((one) => !isPipelineName(one))) {
      const path = join(folder, name);
      seen.add(path);
      const text = readRuleText(path, (problem) => gathered.refuse(problem));
      if (text === undefined) continue;
      const textHash = hashOfText(text);
      gathered.add(cache.read(path, text, textHash, kept), { text, textHash, path, folder, name });
      if (performance.now() - since > SLICE_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        since = performance.now();
      }
    }
  cache.keep(seen);
  await kept?.save();
  return setOf(gathered, options.disabled);
}

/** A set of rules and pipelines given as texts (tests, previews); of two rules with one id the first stands. */
export function ruleSetOf(
  texts: Readonly<Record<string, string>>,
  disabled?: ReadonlySet<string>,
): LoadedRuleSet {
  const files = Object.entries(texts);
  const read = files
    .filter(([name]) => isPipelineName(name))
    .map(([name, text]) => readPipeline(text, name, name));
  const pipelines = joinPipelines(read.flatMap(({ pipeline }) => pipeline ?? []));
  const gathered = new GatheredRules(
    pipelines,
    read.flatMap(({ diagnostics }) => diagnostics),
  );
  for (const [name, text] of files)
    if (!isPipelineName(name))
      gathered.add(readRuleFile(text, name, pipelines.map), {
        ...{ text, textHash: hashOfText(text), path: name, folder: '', name },
      });
  return setOf(gathered, disabled);
}

function setOf(gathered: GatheredRules, disabled: ReadonlySet<string> = new Set()): LoadedRuleSet {
  const { loaded, diagnostics, failed } = gathered.finish();
  return { ruleSet: SigmaRuleSet.of(loaded, disabled), diagnostics, failed };
}
