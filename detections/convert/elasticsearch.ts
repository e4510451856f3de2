/** A query in Elasticsearch's query DSL, for data mapped as ECS maps it; docs/rules.md says what is presupposed. */
import ipaddr from 'ipaddr.js';
import type { PatternPart, Query } from '#kernel/query/ast.js';
import { converted, isWholeText, refuseHalves, type Converted, type Refuse } from './converted.js';
import { canAsk, hasOtherCase, mappedAs, NO_KEYWORDS } from './fields.js';
import { luceneRegex } from './lucene-regex.js';

/** A query clause: one key, its kind. */
export type Clause = { readonly [kind: string]: unknown };

export function toElasticsearch(query: Query): Converted<Clause> {
  return converted(query, clause);
}

const TARGET = 'elasticsearch';
const EVERYTHING: Clause = { match_all: {} };
const NOTHING: Clause = { match_none: {} };

function clause(query: Query, refuse: Refuse): Clause {
  switch (query.kind) {
    case 'all':
      return EVERYTHING;
    case 'none':
      return NOTHING;
    case 'and':
      return { bool: { filter: query.of.map((part) => clause(part, refuse)) } };
    case 'or':
      if (query.of.length === 0) return NOTHING;
      return { bool: { should: query.of.map((part) => clause(part, refuse)), minimum_should_match: 1 } };
    case 'not':
      return { bool: { must_not: [clause(query.of, refuse)] } };
    case 'exists':
      return { exists: { field: pathOf(query.path, refuse) } };
    case 'equals':
      return equality(query, refuse);
    case 'contains':
    case 'startsWith':
    case 'endsWith':
    case 'wildcard':
      return pattern(query, refuse);
    case 'regex':
      return regex(query, refuse);
    case 'cidr':
      return canAsk(TARGET, 'cidr', query.path, refuse)
        ? { term: { [query.path]: { value: query.network } } }
        : NOTHING;
    case 'compare':
      return canAsk(TARGET, 'compare', query.path, refuse)
        ? { range: { [query.path]: { [query.op]: query.value } } }
        : NOTHING;
    case 'fieldRef':
    case 'datePart':
    case 'text': {
      const [code, message, remedy] = UNSAID[query.kind];
      refuse(code, message, remedy);
      return NOTHING;
    }
  }
}

const UNSAID = {
  fieldRef: [
    'convert.elasticsearch.fieldref',
    'two fields of one document can only be compared by a script, which clusters may forbid',
    'run this rule in Fenghuo',
  ],
  datePart: [
    'convert.elasticsearch.date_part',
    'a part of a time can only be had by a script, which clusters may forbid',
    'run this rule in Fenghuo',
  ],
  text: ['convert.elasticsearch.keywords', ...NO_KEYWORDS],
} as const;

function pathOf(path: string, refuse: Refuse): string {
  if (path === '' || path.includes('*') || !isWholeText(path))
    refuse('convert.elasticsearch.path', `\`${path}\` cannot be the name of a field`, 'name another field');
  return path;
}

/** True where the field holds texts as they stand; else the reason is noted. */
function isText(path: string, refuse: Refuse): boolean {
  const mapped = mappedAs(pathOf(path, refuse));
  if (mapped === 'keyword') return true;
  const [what, remedy] = {
    text: [
      'is analysed or not indexed: a text in it cannot be found as it stands',
      'ask for the field that the text was read into',
    ],
    number: ['is a field of numbers, which have no parts', 'compare it (`|gte`), or list its values'],
    ip: ['is a field of addresses, which have no parts', 'write the part as a network (`|cidr`)'],
    date: ['is a field of times, which have no parts', 'give a time range beside the query'],
  }[mapped] as [string, string];
  refuse(`convert.elasticsearch.${mapped}`, `\`${path}\` ${what}`, remedy);
  return false;
}

/** Whether case is to be disregarded: with letters alone, and of ASCII's. */
function foldsCase(text: string, cased: boolean | undefined, refuse: Refuse): boolean {
  if (cased) return false;
  if (hasOtherCase(text))
    refuse(
      'convert.elasticsearch.case',
      `Elasticsearch disregards the case of ASCII letters alone, and \`${text.slice(0, 80)}\` has others`,
      'list the spellings with `|cased`',
    );
  return /[A-Za-z]/.test(text);
}

function equality({ path, value, cased }: Extract<Query, { kind: 'equals' }>, refuse: Refuse): Clause {
  const text = String(value);
  refuseHalves(TARGET, text, refuse);
  switch (mappedAs(path)) {
    case 'number':
      return /^[+-]?\d+(?:\.\d+)?$/.test(text) && String(Number(text)) === text
        ? { term: { [path]: { value: Number(text) } } }
        : NOTHING;
    case 'ip':
      return ipaddr.isValid(text) ? { term: { [path]: { value: text } } } : NOTHING;
    default:
      if (!isText(path, refuse)) return NOTHING;
      return { term: { [path]: insensitive({ value: text }, foldsCase(text, cased, refuse)) } };
  }
}

function insensitive<T extends object>(options: T, folds: boolean): T {
  return folds ? { ...options, case_insensitive: true } : options;
}

type Textual = Extract<Query, { kind: 'contains' | 'startsWith' | 'endsWith' | 'wildcard' }>;

function pattern(query: Textual, refuse: Refuse): Clause {
  const { path, cased } = query;
  const parts = partsOf(query);
  const text = parts.map((part) => ('text' in part ? part.text : '')).join('');
  refuseHalves(TARGET, text, refuse);
  if (!isText(path, refuse)) return NOTHING;
  const folds = foldsCase(text, cased, refuse);
  if (parts.every((part) => 'text' in part)) return { term: { [path]: insensitive({ value: text }, folds) } };
  if (query.kind === 'startsWith') return { prefix: { [path]: insensitive({ value: query.value }, folds) } };
  const written = parts
    .map((part) => ('wild' in part ? part.wild : part.text.replace(/[*?\\]/g, '\\$&')))
    .join('');
  return { wildcard: { [path]: insensitive({ value: written }, folds) } };
}

function partsOf(query: Textual): readonly PatternPart[] {
  if (query.kind === 'wildcard') return query.pattern;
  const any: PatternPart = { wild: '*' };
  const text: PatternPart = { text: query.value };
  if (query.kind === 'contains') return [any, text, any];
  return query.kind === 'endsWith' ? [any, text] : [text, any];
}

function regex(query: Extract<Query, { kind: 'regex' }>, refuse: Refuse): Clause {
  const { path } = query;
  // Flags at its beginning are those of the whole.
  const leading = /^\(\?([ims]{1,3})\)/.exec(query.source);
  const source = query.source.slice(leading?.[0].length ?? 0);
  const flags = `${query.flags ?? ''}${leading?.[1] ?? ''}`;
  refuseHalves(TARGET, source, refuse);
  if (!isText(path, refuse)) return NOTHING;
  const written = luceneRegex(source, flags);
  if (written === undefined) {
    refuse(
      'convert.elasticsearch.regex',
      `Lucene cannot say the expression \`${source.slice(0, 80)}\``,
      'write it without word boundaries, flags within, properties and anchors within groups, and below 1,000 characters',
    );
    return NOTHING;
  }
  const folds = flags.includes('i') && foldsCase(source, false, refuse);
  return { regexp: { [path]: insensitive({ value: written, flags: 'NONE' }, folds) } };
}
