/** A query in Kibana's query language (KQL), for data mapped as ECS maps it; docs/rules.md says what differs. */
import type { PatternPart, Query } from '#kernel/query/ast.js';
import { converted, refuseHalves, type Converted, type Refuse } from './converted.js';
import { canAsk, mappedAs, NO_KEYWORDS } from './fields.js';

export function toKql(query: Query): Converted<string> {
  return converted(query, said);
}

/** True where case counts in KQL and does not in the rule: then the query finds the spelling of the rule alone. */
export function countsCase(query: Query): boolean {
  switch (query.kind) {
    case 'and':
    case 'or':
      return query.of.some(countsCase);
    case 'not':
      return countsCase(query.of);
    case 'equals':
      return !query.cased && mappedAs(query.path) === 'keyword' && hasLetters(String(query.value));
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return !query.cased && hasLetters(query.value);
    case 'wildcard':
      return !query.cased && query.pattern.some((part) => 'text' in part && hasLetters(part.text));
    default:
      return false;
  }
}

function hasLetters(text: string): boolean {
  return text.toLowerCase() !== text.toUpperCase();
}

const COMPARES = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;
const TARGET = 'kql';
const NEVER = 'not *:*';

function said(query: Query, refuse: Refuse): string {
  switch (query.kind) {
    case 'all':
      return '*:*';
    case 'none':
      return NEVER;
    case 'and':
    case 'or':
      if (query.of.length === 0) return query.kind === 'and' ? '*:*' : NEVER;
      return `(${query.of.map((part) => said(part, refuse)).join(` ${query.kind} `)})`;
    case 'not':
      return `(not ${said(query.of, refuse)})`;
    case 'exists':
      return `${unquoted(query.path, refuse)}:*`;
    case 'equals':
      return equality(query.path, String(query.value), refuse);
    case 'contains':
      return matching(query.path, [WILD, { text: query.value }, WILD], refuse);
    case 'startsWith':
      return matching(query.path, [{ text: query.value }, WILD], refuse);
    case 'endsWith':
      return matching(query.path, [WILD, { text: query.value }], refuse);
    case 'wildcard':
      return matching(query.path, query.pattern, refuse);
    case 'cidr':
      return canAsk(TARGET, 'cidr', query.path, refuse)
        ? `${unquoted(query.path, refuse)}:${quoted(query.network, refuse)}`
        : NEVER;
    case 'compare':
      return canAsk(TARGET, 'compare', query.path, refuse)
        ? `${unquoted(query.path, refuse)} ${COMPARES[query.op]} ${query.value}`
        : NEVER;
    case 'regex':
    case 'fieldRef':
    case 'datePart':
    case 'text': {
      const [code, message, remedy] = UNSAID[query.kind];
      refuse(code, message, remedy);
      return NEVER;
    }
  }
}

const WILD: PatternPart = { wild: '*' };
const UNSAID = {
  regex: ['convert.kql.regex', 'KQL has no regular expressions', 'convert it `--to elasticsearch`'],
  fieldRef: ['convert.kql.fieldref', 'KQL cannot compare two fields', 'run this rule in Fenghuo'],
  datePart: ['convert.kql.date_part', 'KQL cannot take a part of a time', 'run this rule in Fenghuo'],
  text: ['convert.kql.keywords', ...NO_KEYWORDS],
} as const;

function equality(path: string, value: string, refuse: Refuse): string {
  if (mappedAs(path) === 'number' && !/^[+-]?\d+(?:\.\d+)?$/.test(value)) return NEVER;
  if (mappedAs(path) === 'text') return untold(path, refuse);
  return `${unquoted(path, refuse)}:${quoted(value, refuse)}`;
}

/** `*` alone is a wildcard there. */
function matching(path: string, pattern: readonly PatternPart[], refuse: Refuse): string {
  if (mappedAs(path) !== 'keyword') return untold(path, refuse);
  if (pattern.some((part) => 'wild' in part && part.wild === '?'))
    refuse(
      'convert.kql.one_character',
      'KQL has no wildcard for one character',
      'convert it `--to elasticsearch`',
    );
  const parts = pattern.filter((part, at) => !('wild' in part && 'wild' in (pattern[at - 1] ?? {})));
  const written = parts.map((part) => ('wild' in part ? '*' : unquoted(part.text, refuse))).join('');
  return `${unquoted(path, refuse)}:${written || '""'}`;
}

function untold(path: string, refuse: Refuse): string {
  refuse(
    `convert.kql.${mappedAs(path)}`,
    `\`${path}\` is no field of texts as they stand (ECS maps it as ${mappedAs(path)})`,
    'ask for the field that the text was read into, or compare it as what it is',
  );
  return NEVER;
}

function quoted(text: string, refuse: Refuse): string {
  refuseHalves(TARGET, text, refuse);
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[\t\r\n]/g, control)}"`;
}

/** Outside quotes everything that means something is escaped, and blanks are written as their numbers: they would end it. */
function unquoted(text: string, refuse: Refuse): string {
  refuseHalves(TARGET, text, refuse);
  const escaped = text.replace(/[\\():<>"*{}]/g, '\\$&').replace(/[^\S ]|[\0-\x1f\x7f]| /g, control);
  return /^(?:and|or|not)$/i.test(escaped) ? `\\${escaped}` : escaped;
}

function control(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
