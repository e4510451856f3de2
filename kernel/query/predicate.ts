/** The meaning of the query AST: compiles a query to a predicate over flat fields. */
import ipaddr from 'ipaddr.js';
import { bagOf, valuesOf, type Fields, type FieldValue, type Scalar } from '../event.js';
import type { PatternPart, Query } from './ast.js';
import { datePartOf } from './date-part.js';
import { fold } from './fold.js';
import { regexTest } from './regex.js';

export type Predicate = (fields: Fields) => boolean;
type TextTest = (text: string) => boolean;

/** Throws a RE2JS syntax error for a regex that RE2 cannot read; validate user input with `regexProblem` before. */
export function compilePredicate(query: Query): Predicate {
  switch (query.kind) {
    case 'all':
      return () => true;
    case 'none':
      return () => false;
    case 'and': {
      const parts = query.of.map(compilePredicate);
      return (fields) => parts.every((part) => part(fields));
    }
    case 'or': {
      const prefixes = samePathPrefixes(query.of);
      if (prefixes) return anyText(prefixes.path, false, prefixes.test);
      const parts = query.of.map(compilePredicate);
      return (fields) => parts.some((part) => part(fields));
    }
    case 'not': {
      const part = compilePredicate(query.of);
      return (fields) => !part(fields);
    }
    case 'exists':
      return (fields) => valuesOf(fields, query.path).length > 0;
    case 'equals': {
      const wanted = query.cased ? String(query.value) : fold(String(query.value));
      return anyText(query.path, query.cased, (text) => text === wanted);
    }
    case 'contains':
    case 'startsWith':
    case 'endsWith': {
      const test = textTest(query.kind, query.cased ? query.value : fold(query.value));
      return anyText(query.path, query.cased, test);
    }
    case 'wildcard':
      return anyText(query.path, query.cased, patternTest(query.pattern, query.cased ?? false, true));
    case 'regex':
      return anyText(query.path, true, regexTest(query.source, query.flags ?? ''));
    case 'cidr': {
      const test = cidrTest(query.network);
      return anyText(query.path, true, test);
    }
    case 'compare':
      return (fields) => valuesOf(fields, query.path).some((value) => compare(value, query.op, query.value));
    case 'datePart': {
      const { path, part, op, value } = query;
      return (fields) =>
        valuesOf(fields, path).some((one) => {
          const found = datePartOf(one, part);
          return found !== undefined && (op === 'eq' ? found === value : compare(found, op, value));
        });
    }
    case 'fieldRef':
      return fieldRefPredicate(query);
    case 'text': {
      const test = patternTest(query.pattern, query.cased ?? false, false);
      return (fields) => {
        for (const path in fields)
          if (anyValue(fields[path] as FieldValue, query.cased ?? false, test)) return true;
        return false;
      };
    }
  }
}

/** So few are as fast one by one. */
const FEW_PREFIXES = 4;

/** A row of prefixes of one path, as a range of instants is: looked up by their lengths instead of one after the other. */
function samePathPrefixes(parts: readonly Query[]): { path: string; test: TextTest } | undefined {
  if (parts.length < FEW_PREFIXES) return undefined;
  const byLength = new Map<number, Set<string>>();
  let path: string | undefined;
  for (const part of parts) {
    if (part.kind !== 'startsWith' || part.cased) return undefined;
    if ((path ??= part.path) !== part.path) return undefined;
    const prefix = fold(part.value);
    const same = byLength.get(prefix.length) ?? new Set();
    byLength.set(prefix.length, same.add(prefix));
  }
  const lengths = [...byLength];
  const test: TextTest = (text) => lengths.some(([length, same]) => same.has(text.slice(0, length)));
  return path === undefined ? undefined : { path, test };
}

/** Test of one (already folded, unless cased) text against a wildcard pattern; `whole` anchors both ends. Linear in the text for each part. */
export function patternTest(pattern: readonly PatternPart[], cased: boolean, whole: boolean): TextTest {
  const parts: PatternPart[] = whole ? [...pattern] : [{ wild: '*' }, ...pattern, { wild: '*' }];
  const segments: PatternPart[][] = [[]];
  for (const part of parts) {
    if ('wild' in part && part.wild === '*') segments.push([]);
    else (segments.at(-1) as PatternPart[]).push('text' in part && !cased ? { text: fold(part.text) } : part);
  }
  const compiled = segments.map(compileSegment);
  const head = compiled[0] as Segment;
  if (compiled.length === 1) return (text) => head.matchAt(text, 0) === text.length;
  const tail = compiled.at(-1) as Segment;
  const middle = compiled.slice(1, -1).filter((segment) => segment.size > 0);
  return (text) => {
    let at = head.matchAt(text, 0);
    if (at < 0) return false;
    for (const segment of middle) {
      at = segment.find(text, at);
      if (at < 0) return false;
    }
    return tail.endsAt(text, at);
  };
}

interface Segment {
  /** Number of parts; 0 for the empty segment. */
  readonly size: number;
  /** End of a match that starts at `from`, or -1. */
  matchAt(text: string, from: number): number;
  /** End of the first match at or after `from`, or -1. */
  find(text: string, from: number): number;
  /** True if a match starting at or after `from` ends the text. */
  endsAt(text: string, from: number): boolean;
}

/** A run between two `*`. `?` is one character: a surrogate pair counts as one. */
function compileSegment(parts: readonly PatternPart[]): Segment {
  const matchAt = (text: string, from: number): number => {
    let at = from;
    for (const part of parts) {
      if ('text' in part) {
        if (!text.startsWith(part.text, at)) return -1;
        at += part.text.length;
      } else {
        const point = text.codePointAt(at);
        if (point === undefined) return -1;
        at += point > 0xffff ? 2 : 1;
      }
    }
    return at;
  };
  const only = parts.length === 1 ? parts[0] : undefined;
  const literal = only && 'text' in only ? only.text : undefined;
  const find = (text: string, from: number): number => {
    if (literal !== undefined) {
      const at = text.indexOf(literal, from);
      return at < 0 ? -1 : at + literal.length;
    }
    for (let start = from; start <= text.length; start++) {
      const end = matchAt(text, start);
      if (end >= 0) return end;
    }
    return -1;
  };
  const longest = parts.reduce((sum, part) => sum + ('text' in part ? part.text.length : 2), 0);
  const shortest = parts.reduce((sum, part) => sum + ('text' in part ? part.text.length : 1), 0);
  const endsAt = (text: string, from: number): boolean => {
    const last = text.length - shortest;
    for (let start = Math.max(from, text.length - longest); start <= last; start++) {
      if (matchAt(text, start) === text.length) return true;
    }
    return false;
  };
  return { size: parts.length, matchAt, find, endsAt };
}

function textTest(kind: 'contains' | 'startsWith' | 'endsWith', wanted: string): TextTest {
  if (kind === 'contains') return (text) => text.includes(wanted);
  return kind === 'startsWith' ? (text) => text.startsWith(wanted) : (text) => text.endsWith(wanted);
}

function anyText(path: string, cased: boolean | undefined, test: TextTest): Predicate {
  return (fields) => {
    const value = bagOf(fields, path);
    return value !== undefined && anyValue(value, cased ?? false, test);
  };
}

function anyValue(value: FieldValue, cased: boolean, test: TextTest): boolean {
  if (typeof value === 'object') return value.some((item) => test(cased ? String(item) : fold(String(item))));
  return test(cased ? String(value) : fold(String(value)));
}

function compare(value: Scalar, op: 'lt' | 'lte' | 'gt' | 'gte', bound: number): boolean {
  if (typeof value === 'boolean' || value === '') return false;
  const number = Number(value);
  if (Number.isNaN(number)) return false;
  if (op === 'lt') return number < bound;
  if (op === 'lte') return number <= bound;
  return op === 'gt' ? number > bound : number >= bound;
}

function fieldRefPredicate(query: Extract<Query, { kind: 'fieldRef' }>): Predicate {
  const text = query.cased ? String : (value: Scalar) => fold(String(value));
  const holds = (left: string, right: string): boolean => {
    if (query.op === 'equals') return left === right;
    return textTest(query.op, right)(left);
  };
  return (fields) =>
    valuesOf(fields, query.path).some((left) =>
      valuesOf(fields, query.other).some((right) => holds(text(left), text(right))),
    );
}

/** Why the text is no network in CIDR notation, or undefined where it is one. A plain address is a network of one. */
export function cidrProblem(network: string): string | undefined {
  return parseNetwork(network)
    ? undefined
    : `\`${network}\` is not an IPv4 or IPv6 network such as 10.0.0.0/8`;
}

function parseNetwork(network: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  if (ipaddr.isValidCIDR(network)) return ipaddr.parseCIDR(network);
  if (!network.includes('/') && isAddress(network)) {
    const address = ipaddr.parse(network);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  return undefined;
}

/** Four decimal parts or IPv6: the shorthand forms (`127.1`, hex, octal) that libraries accept are no addresses here. */
function isAddress(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && ipaddr.IPv6.isValid(text));
}

function cidrTest(network: string): TextTest {
  const parsed = parseNetwork(network);
  if (!parsed) return () => false;
  const [base, bits] = parsed;
  return (text) => {
    if (text.length > 64 || !isAddress(text)) return false;
    let address: ipaddr.IPv4 | ipaddr.IPv6 = ipaddr.parse(text);
    if (address instanceof ipaddr.IPv6 && base instanceof ipaddr.IPv4) {
      if (!address.isIPv4MappedAddress()) return false;
      address = address.toIPv4Address();
    }
    return address.kind() === base.kind() && address.match(base, bits);
  };
}
