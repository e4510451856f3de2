/**
 * The aggregations of Sigma before version 2 (`selection | count() by src_ip > 10`, with a `timeframe`), read as what took their
 * place: a rule for the events, and a correlation over it that keeps id, title and level.
 */
import { isBag, type Bag } from './metadata.js';
import type { DocumentPath, Problem, Report } from './problem.js';

/** A document as it is to be read: as it stands, or one that was made of it. */
export interface Part {
  readonly document: Bag;
  /** Where what is wrong with it was written; undefined for what another part tells. */
  readonly placed: (at: DocumentPath) => DocumentPath | undefined;
}

const CONDITION: DocumentPath = ['detection', 'condition'];
const COUNTED =
  /^(count|sum|avg|min|max)\s*\(\s*([^()]*?)\s*\)\s*(?:by\s+(.+?)\s*)?(<=|>=|==?|<|>)\s*(\d+)$/i;
/** Characters behind the pipe: a longer text would take its pattern too long. */
const MOST_LENGTH = 500;
const OPERATORS: Readonly<Record<string, string>> = {
  '>': 'gt',
  '<': 'lt',
  '>=': 'gte',
  '<=': 'lte',
  '=': 'eq',
  '==': 'eq',
};
const TYPES: Readonly<Record<string, string>> = { count: 'value_count', sum: 'value_sum', avg: 'value_avg' };

/** The document alone where it has no aggregation; undefined for one that cannot be carried, which has been reported then. */
export function splitAggregation(
  document: Bag,
  fallbackId: string,
  report: Report,
): readonly Part[] | undefined {
  const detection = document['detection'];
  const text = isBag(detection) ? detection['condition'] : undefined;
  if (!isBag(detection) || typeof text !== 'string' || !text.includes('|'))
    return [{ document, placed: (at) => at }];
  const pipe = text.indexOf('|');
  const refuse = (message: string, hint: string, at = CONDITION): undefined => {
    const problem: Problem = { code: 'sigma.condition.aggregation', message, hint, at };
    report(at === CONDITION ? { ...problem, span: { from: pipe, to: text.length } } : problem);
  };
  const { timeframe, ...selections } = detection;
  if (typeof timeframe !== 'string')
    return refuse('the aggregation has no `timeframe`', 'say within which time, such as `timeframe: 10m`');
  const id = typeof document['id'] === 'string' ? document['id'] : fallbackId;
  const whole: Aggregation = { document, selections, id, left: text.slice(0, pipe).trim(), timeframe };
  const right = text.slice(pipe + 1).trim();
  if (right.length > MOST_LENGTH)
    return refuse(
      `the aggregation is longer than ${MOST_LENGTH} characters`,
      'write a correlation rule instead',
    );
  const near = /^near\s+(.+)$/i.exec(right)?.[1];
  const parts = near === undefined ? counted(whole, right) : nearby(whole, near);
  if (typeof parts === 'string') return refuse(parts, 'write a correlation rule instead');
  report({
    code: 'sigma.condition.aggregation',
    severity: 'warning',
    message: 'the aggregation is of an older Sigma; it is read as a correlation',
    hint: 'write the correlation as a document of its own (docs/rules.md)',
    at: CONDITION,
    span: { from: pipe, to: text.length },
  });
  return parts;
}

interface Aggregation {
  readonly document: Bag;
  /** The named selections, and the condition. */
  readonly selections: Bag;
  readonly id: string;
  readonly left: string;
  readonly timeframe: string;
}

/** A text says why it cannot be. */
function counted(whole: Aggregation, right: string): readonly Part[] | string {
  const [, word = '', field = '', by, operator = '', value] = COUNTED.exec(right) ?? [];
  if (word === '') return `\`${right}\` is no aggregation that is known`;
  const kind = word.toLowerCase();
  if (kind === 'min' || kind === 'max') return `no correlation computes a \`${kind}\``;
  if (field === '' && kind !== 'count') return `\`${kind}\` needs a field`;
  const type = field === '' ? 'event_count' : (TYPES[kind] as string);
  const condition = { ...(field && { field }), [OPERATORS[operator] as string]: Number(value) };
  const groupBy = (by ?? '').split(/\s*,\s*/).filter(Boolean);
  const events = eventsOf(whole, `${whole.id}#events`, whole.left, whole.selections);
  return [
    events,
    correlationOf(whole, { type, rules: [`${whole.id}#events`], 'group-by': groupBy, condition }),
  ];
}

/** Other selections that must hold, or must not, within the time: each becomes a rule of its own. */
function nearby(whole: Aggregation, right: string): readonly Part[] | string {
  const parts: Part[] = [];
  const words: string[] = [];
  const rules: string[] = [];
  const { condition: _, ...named } = whole.selections;
  const others = right.split(/\s+and\s+/i).map((one) => one.trim());
  for (const other of ['', ...others]) {
    const not = /^not\s+/i.test(other);
    const name = other.replace(/^not\s+/i, '');
    if (name !== '' && !Object.hasOwn(named, name))
      return `\`near\` takes names of selections, not \`${name}\``;
    const rule = `${whole.id.replaceAll(/\W/g, '_')}_${name === '' ? 'events' : name}`;
    const elsewhere = new Set(others.map((one) => one.replace(/^not\s+/i, '')));
    const own = Object.entries(named).filter(([key]) => (name === '' ? !elsewhere.has(key) : key === name));
    parts.push(eventsOf(whole, rule, name === '' ? whole.left : name, Object.fromEntries(own)));
    words.push(`${not ? 'not ' : ''}${rule}`);
    rules.push(rule);
  }
  const expression = words.some((word) => word.startsWith('not '));
  const correlation = {
    ...{ type: 'temporal', 'group-by': [] },
    ...(expression ? { condition: words.join(' and ') } : { rules }),
  };
  return [...parts, correlationOf(whole, correlation)];
}

/** Informational: what it matches is counted, and nothing by itself. */
function eventsOf({ document }: Aggregation, id: string, condition: string, selections: Bag): Part {
  return {
    document: {
      ...{
        ...document,
        id,
        name: id,
        level: 'informational',
        title: `${String(document['title'])} (events)`,
      },
      detection: { ...selections, condition },
    },
    placed: (at) => (at[0] === 'detection' || at[0] === 'logsource' ? at : undefined),
  };
}

function correlationOf({ document, timeframe }: Aggregation, correlation: Bag): Part {
  const { detection: _, logsource: __, ...rest } = document;
  return {
    document: { ...rest, correlation: { ...correlation, timespan: timeframe } },
    placed: (at) =>
      at[0] !== 'correlation' ? at : at[1] === 'timespan' ? ['detection', 'timeframe'] : CONDITION,
  };
}
