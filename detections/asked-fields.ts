/** Which fields rules ask for, of which log source, and which of them the events have. */
import type { Fields } from '#kernel/event.js';
import { or, type Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import type { Definition } from './correlation/definition.js';
import type { Entry } from './gathered-rules.js';
import type { LogSource } from './sigma/taxonomy.js';

export interface SourceField {
  /** As rules name it. */
  readonly field: string;
  /** Where it is looked for in our events. */
  readonly paths: readonly string[];
  /** Ids of the rules and correlations that ask for it. */
  readonly rules: readonly string[];
}

export interface AskedSource {
  readonly logsource: LogSource;
  /** Which events are of it. */
  readonly query: Query;
  /** What would bring these events, where no normalizer makes them. */
  readonly delivery?: string;
  /** Ids of the rules that look at it. */
  readonly rules: readonly string[];
  /** By name. */
  readonly fields: readonly SourceField[];
}

interface Gathering {
  readonly first: Entry;
  readonly rules: string[];
  readonly fields: Map<string, Omit<SourceField, 'rules'> & { readonly rules: Set<string> }>;
}

/** By log source, in the order of its words. */
export function askedSources(
  entries: readonly Entry[],
  correlations: readonly Definition[],
): readonly AskedSource[] {
  const sources = new Map<string, Gathering>();
  const ofRule = new Map<string, Gathering>();
  for (const entry of entries) {
    const { id, sigma } = entry.loaded;
    const key = nameOfSource(sigma.logsource).toLowerCase();
    const source: Gathering = sources.get(key) ?? { first: entry, rules: [], fields: new Map() };
    sources.set(key, source);
    ofRule.set(id, source);
    source.rules.push(id);
    for (const [field, paths] of entry.asked) ask(source, field, paths, id);
  }
  for (const { rule, correlation, readings } of correlations)
    for (const reading of readings)
      for (const [leaf, places] of reading) {
        const source = ofRule.get(leaf);
        if (!source) continue;
        const named = [...correlation.groupBy, ...correlation.fields];
        for (const [at, paths] of [...places.groupBy, ...places.fields].entries())
          ask(source, named[at] as string, paths, rule.id);
      }
  return [...sources]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { first, rules, fields }]) => ({
      logsource: first.loaded.sigma.logsource,
      query: first.source,
      ...(first.delivery !== undefined && { delivery: first.delivery }),
      rules,
      fields: [...fields.values()]
        .map(({ rules: asking, ...field }) => ({ ...field, rules: [...asking] }))
        .sort((a, b) => (a.field < b.field ? -1 : 1)),
    }));
}

function ask({ fields }: Gathering, field: string, paths: readonly string[], rule: string): void {
  const key = JSON.stringify([field, paths]);
  const known = fields.get(key) ?? { field, paths, rules: new Set<string>() };
  known.rules.add(rule);
  fields.set(key, known);
}

/** Its words, such as `windows / process_creation`. */
export function nameOfSource({ product, category, service }: LogSource): string {
  return [product, category, service].filter((word) => word !== undefined).join(' / ');
}

export interface CountedSource extends AskedSource {
  /** Events that are of the log source. */
  readonly events: number;
  readonly fields: readonly (SourceField & {
    /** Events of the log source that have the field at one of its paths. */
    readonly seen: number;
  })[];
}

/** Counts, event by event, what rules ask for. */
export class FieldCensus {
  readonly #sources: readonly {
    readonly asked: AskedSource;
    readonly holds: (fields: Fields) => boolean;
    readonly has: readonly ((fields: Fields) => boolean)[];
    readonly seen: number[];
    events: number;
  }[];
  #events = 0;

  constructor(sources: readonly AskedSource[]) {
    this.#sources = sources.map((asked) => ({
      asked,
      holds: compilePredicate(asked.query),
      has: asked.fields.map(({ paths }) =>
        compilePredicate(or(...paths.map((path): Query => ({ kind: 'exists', path })))),
      ),
      seen: asked.fields.map(() => 0),
      events: 0,
    }));
  }

  /** Events that were seen. */
  get events(): number {
    return this.#events;
  }

  see(fields: Fields): void {
    this.#events++;
    for (const source of this.#sources) {
      if (!source.holds(fields)) continue;
      source.events++;
      for (const [at, has] of source.has.entries())
        if (has(fields)) source.seen[at] = (source.seen[at] ?? 0) + 1;
    }
  }

  counted(): readonly CountedSource[] {
    return this.#sources.map(({ asked, events, seen }) => ({
      ...asked,
      events,
      fields: asked.fields.map((field, at) => ({ ...field, seen: seen[at] ?? 0 })),
    }));
  }
}
