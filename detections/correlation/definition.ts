/** A correlation ready to be judged: what it refers to, and where in the events of each rule its fields lie. Pure. */
import type { ENTITY_KINDS } from '#kernel/schema/alert.js';
import type { SigmaCorrelation } from '../sigma/correlation.js';
import type { LoadedRule } from '../types.js';

/** Paths of one field in the events of one rule; the first that an event has is taken. */
export type FieldPlaces = readonly string[];

/** The paths that a field stands for in the events of one rule. */
export type PlacesOf = (field: string) => FieldPlaces;

/** Where the fields of a correlation lie in the events of one rule, in the order of `groupBy` and `fields`. */
export interface Reading {
  readonly groupBy: readonly FieldPlaces[];
  readonly fields: readonly FieldPlaces[];
}

export interface Definition {
  /** Rule id and version: state under another version is not ours. */
  readonly key: string;
  readonly rule: LoadedRule;
  readonly correlation: SigmaCorrelation;
  /** Ids of the rules that it refers to, in the order of `correlation.rules`. */
  readonly children: readonly string[];
  /** By child, then by the rule whose events they are: below a correlation there may be several. */
  readonly readings: readonly ReadonlyMap<string, Reading>[];
}

/** What a set of rules has of correlations. */
export interface Correlations {
  readonly definitions: readonly Definition[];
  /** Rules whose matches are fed to a correlation, with the paths that are read of their events. */
  readonly leaves: ReadonlyMap<string, readonly string[]>;
  /** Rules that a correlation refers to without `generate`: their matches are signals, not alerts. */
  readonly silent: ReadonlySet<string>;
}

export const NO_CORRELATIONS: Correlations = { definitions: [], leaves: new Map(), silent: new Set() };

/** A sound correlation as the set holds it, enabled or not. */
export interface CorrelationEntry {
  readonly loaded: LoadedRule;
  readonly correlation: SigmaCorrelation;
  readonly children: readonly string[];
  /** As in {@link Definition}. */
  readonly readings: Definition['readings'];
}

/**
 * Only what is enabled is fed; what a correlation that is off refers to stays silent all the same: switching one off must
 * not raise an alert for each of its signals.
 */
export function defineCorrelations(
  entries: readonly CorrelationEntry[],
  enabled: (rule: string) => boolean,
): Correlations {
  if (entries.length === 0) return NO_CORRELATIONS;
  const definitions: Definition[] = [];
  const read = new Map<string, Set<string>>();
  for (const { loaded, correlation, children, readings } of entries) {
    if (!enabled(loaded.id)) continue;
    const rule = { ...loaded, ...entityOf(loaded, correlation, readings) };
    definitions.push({
      key: `${loaded.id}@${loaded.version}`,
      ...{ rule, correlation, children, readings },
    });
    for (const reading of readings)
      for (const [leaf, { groupBy, fields }] of reading) {
        const paths = read.get(leaf) ?? new Set();
        for (const path of [...groupBy, ...fields].flat()) paths.add(path);
        read.set(leaf, paths);
      }
  }
  return {
    definitions,
    leaves: new Map([...read].map(([leaf, paths]) => [leaf, [...paths]])),
    silent: silentOf(entries),
  };
}

/** A rule as correlations see it. */
export interface RuleRoles {
  /** What it refers to, where it is one. */
  readonly correlation?: SigmaCorrelation & { readonly children: readonly string[] };
  /** Ids of correlations that refer to it. */
  readonly feeds: readonly string[];
  readonly silent: boolean;
}

export function rolesOf(id: string, entries: readonly CorrelationEntry[]): RuleRoles | undefined {
  const own = entries.find(({ loaded }) => loaded.id === id);
  const feeds = entries.filter(({ children }) => children.includes(id));
  if (own === undefined && feeds.length === 0) return undefined;
  return {
    ...(own && { correlation: { ...own.correlation, children: own.children } }),
    feeds: feeds.map(({ loaded }) => loaded.id),
    silent: feeds.length > 0 && feeds.every(({ correlation }) => !correlation.generate),
  };
}

function silentOf(entries: readonly CorrelationEntry[]): ReadonlySet<string> {
  const referred = new Set(entries.flatMap(({ children }) => children));
  for (const { correlation, children } of entries)
    if (correlation.generate) for (const child of children) referred.delete(child);
  return referred;
}

/**
 * Where the fields of a sound correlation lie, by child and rule; `childrenOf` is undefined for what is no correlation,
 * `placesOf` knows the rest.
 */
export function readingsOf(
  correlation: SigmaCorrelation,
  children: readonly string[],
  childrenOf: (id: string) => readonly string[] | undefined,
  placesOf: (rule: string) => PlacesOf,
): Definition['readings'] {
  return children.map((child, at) => {
    const alias = correlation.rules[at] ?? child;
    const leaves = leavesBelow(child, childrenOf);
    return new Map(leaves.map((leaf) => [leaf, readingOf(correlation, alias, placesOf(leaf))]));
  });
}

function leavesBelow(
  id: string,
  childrenOf: (id: string) => readonly string[] | undefined,
): readonly string[] {
  const children = childrenOf(id);
  if (children === undefined) return [id];
  return [...new Set(children.flatMap((child) => leavesBelow(child, childrenOf)))];
}

function readingOf(correlation: SigmaCorrelation, child: string, placesOf: PlacesOf): Reading {
  const places = (name: string): FieldPlaces => {
    const field = correlation.aliases.get(name)?.get(child) ?? name;
    // Who writes a correlation often names the path itself.
    return [...new Set([...placesOf(field), field])];
  };
  return { groupBy: correlation.groupBy.map(places), fields: correlation.fields.map(places) };
}

const ENTITY_PATHS: readonly (readonly [(typeof ENTITY_KINDS)[number], string])[] = [
  ['host', 'host.name'],
  ['source_ip', 'source.ip'],
  ['user', 'user.name'],
];

/** What an alert of the correlation is about: the rule's own word, else the first of its fields that names an entity. */
function entityOf(
  { entity }: LoadedRule,
  { groupBy }: SigmaCorrelation,
  readings: readonly ReadonlyMap<string, Reading>[],
): Pick<LoadedRule, 'entity'> {
  if (entity) return { entity };
  if (groupBy.length === 0) return { entity: 'none' };
  const places = groupBy.map((_, at) =>
    readings.flatMap((reading) => [...reading.values()].flatMap((one) => one.groupBy[at] ?? [])),
  );
  for (const paths of places) {
    const found = ENTITY_PATHS.find(([, path]) => paths.includes(path));
    if (found) return { entity: found[0] };
  }
  return {};
}
