/** Rule files that have been read as plain JSON, and back. What pipelines and tables say anyway is not in it. */
import type { Query } from '#kernel/query/ast.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import type { CompiledRule, RuleFile } from './sigma/file.js';
import type { Applied, AskedField } from './sigma/mapping.js';
import type { Pipelines } from './sigma/pipeline/join.js';
import type { SigmaRule } from './sigma/rule.js';

/** To be raised with every change of these forms. */
export const ENCODING = 1;

/**
 * A query of a selection: the index of the same query within the detection (an operator before what it joins); or what it
 * joins, where the detection has only that; or itself.
 */
type EncodedSelection = number | readonly [kind: 'and' | 'or' | 'not', ...of: number[]] | Query;

interface EncodedRule {
  readonly rule: SigmaRule;
  readonly detection: Query;
  readonly selections: readonly (readonly [name: string, query: EncodedSelection])[];
  readonly applied: readonly Applied[];
  /** By their index among {@link AskedFields}. */
  readonly asked: readonly number[];
}

export interface EncodedFile {
  readonly rules: readonly EncodedRule[];
  readonly diagnostics: readonly Diagnostic[];
  readonly failed: number;
  readonly lost: readonly Applied[];
}

/** Fields with their paths, each once: thousands of rules ask for the same. */
export class AskedFields {
  readonly #indexes = new Map<string, number>();
  readonly #all: AskedField[];

  constructor(all: readonly AskedField[] = []) {
    this.#all = [...all];
    for (const [index, field] of all.entries()) this.#indexes.set(JSON.stringify(field), index);
  }

  get all(): readonly AskedField[] {
    return this.#all;
  }

  indexOf(field: AskedField): number {
    const key = JSON.stringify(field);
    const known = this.#indexes.get(key) ?? this.#all.push(field) - 1;
    this.#indexes.set(key, known);
    return known;
  }

  at(index: number): AskedField {
    const field = this.#all[index];
    if (!field) throw new Error('a field is not among those that are asked for');
    return field;
  }
}

/** Undefined for files with filters or correlations: there are few, and they refer to others. */
export function encodeRuleFile(file: RuleFile, fields: AskedFields): EncodedFile | undefined {
  if (file.filters.length > 0 || file.correlations.length > 0) return undefined;
  const { diagnostics, failed, lost } = file;
  return { rules: file.rules.map((rule) => encodeRule(rule, fields)), diagnostics, failed, lost };
}

function encodeRule(
  { rule, detection, selections, applied, asked }: CompiledRule,
  fields: AskedFields,
): EncodedRule {
  const alone = selections.every(({ query }) => query === detection);
  const nodes = alone ? [detection] : nodesOf(detection);
  const indexes = new Map(nodes.map((node, index) => [node, index]));
  return {
    ...{ rule, detection },
    selections: selections.map(({ name, query }) => [name, encodeSelection(query, indexes)]),
    applied,
    asked: asked.map((field) => fields.indexOf(field)),
  };
}

function encodeSelection(query: Query, indexes: ReadonlyMap<Query, number>): EncodedSelection {
  const known = indexes.get(query);
  if (known !== undefined) return known;
  if (query.kind !== 'and' && query.kind !== 'or' && query.kind !== 'not') return query;
  const of = partsOf(query).map((part) => indexes.get(part));
  return of.every((index) => index !== undefined) ? [query.kind, ...of] : query;
}

/** The query and all below it, each before what it joins. */
function nodesOf(query: Query, into: Query[] = []): readonly Query[] {
  into.push(query);
  for (const part of partsOf(query)) nodesOf(part, into);
  return into;
}

function partsOf(query: Query): readonly Query[] {
  if (query.kind === 'and' || query.kind === 'or') return query.of;
  return query.kind === 'not' ? [query.of] : [];
}

/** Of what {@link encodeRuleFile} made, under the same pipelines. Throws where it is of another form. */
export function decodeRuleFile(
  { rules, diagnostics, failed, lost }: EncodedFile,
  fields: AskedFields,
  { eventsOf }: Pick<Pipelines, 'eventsOf'>,
): RuleFile {
  return {
    rules: rules.map((rule) => decodeRule(rule, fields, eventsOf)),
    ...{ filters: [], correlations: [] },
    ...{ diagnostics, failed, lost },
  };
}

function decodeRule(
  { rule, detection, selections, applied, asked }: EncodedRule,
  fields: AskedFields,
  eventsOf: Pipelines['eventsOf'],
): CompiledRule {
  const { query: source, delivery } = eventsOf(rule.logsource);
  const nodes = selections.some(([, query]) => query !== 0) ? nodesOf(detection) : [detection];
  return {
    ...{ rule, source, detection },
    selections: selections.map(([name, query]) => ({ name, query: decodeSelection(query, nodes) })),
    applied,
    asked: asked.map((index) => fields.at(index)),
    ...(delivery !== undefined && { delivery }),
  };
}

function decodeSelection(encoded: EncodedSelection, nodes: readonly Query[]): Query {
  const nodeAt = (index: number | undefined): Query => {
    const node = nodes[index ?? -1];
    if (!node) throw new Error('a selection refers to nothing');
    return node;
  };
  if (typeof encoded === 'number') return nodeAt(encoded);
  if (!('length' in encoded)) return encoded;
  const [kind, ...of] = encoded;
  return kind === 'not' ? { kind, of: nodeAt(of[0]) } : { kind, of: of.map(nodeAt) };
}
