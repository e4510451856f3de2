/** Compiles a query to a closure over an event view; its meaning is that of `kernel/query/predicate.ts`. */
import type { FieldValue, Scalar } from '#kernel/event.js';
import type { PatternPart, Query } from '#kernel/query/ast.js';
import { fold, NON_ASCII } from '#kernel/query/fold.js';
import { compilePredicate, patternTest } from '#kernel/query/predicate.js';
import { regexTest } from '#kernel/query/regex.js';
import { requiredLiterals } from './regex-guard.js';
import type { EventView, PathTable } from './view.js';

export type Condition = (view: EventView) => boolean;
type TextTest = (text: string) => boolean;

/** Throws what the expression engine throws for an expression it cannot read. */
export function compileCondition(query: Query, table: PathTable): Condition {
  switch (query.kind) {
    case 'all':
      return () => true;
    case 'none':
      return () => false;
    case 'and':
      return conjunction(query.of.map((part) => compileCondition(part, table)));
    case 'or':
      return disjunction(query.of, table);
    case 'not': {
      const part = compileCondition(query.of, table);
      return (view) => !part(view);
    }
    case 'equals': {
      const wanted = query.cased ? String(query.value) : fold(String(query.value));
      return onTexts(table.slot(query.path), query.cased, (text) => text === wanted);
    }
    case 'contains':
    case 'startsWith':
    case 'endsWith': {
      const wanted = query.cased ? query.value : fold(query.value);
      return onTexts(table.slot(query.path), query.cased, anchored(query.kind, wanted));
    }
    case 'wildcard':
      return onTexts(
        table.slot(query.path),
        query.cased,
        patternTest(query.pattern, query.cased ?? false, true),
      );
    case 'regex':
      return regexCondition(table.slot(query.path), query.source, query.flags ?? '');
    case 'text':
      return textCondition(query.pattern, query.cased ?? false);
    case 'exists': {
      const slot = table.slot(query.path);
      return (view) => {
        const value = view.raw(slot);
        return value !== undefined && (typeof value !== 'object' || value.length > 0);
      };
    }
    case 'cidr':
    case 'compare':
    case 'datePart':
      return onPaths(query, [query.path], table);
    case 'fieldRef':
      return onPaths(query, [query.path, query.other], table);
  }
}

/** The kernel's predicate, on an event that has these paths alone; the first must be there. */
function onPaths(query: Query, paths: readonly string[], table: PathTable): Condition {
  const predicate = compilePredicate(query);
  const slots = paths.map((path) => table.slot(path));
  if (paths.includes('__proto__')) return (view) => predicate(view.fields);
  return (view) => {
    const fields: Record<string, FieldValue> = {};
    for (let index = 0; index < slots.length; index++) {
      const value = view.raw(slots[index] as number);
      if (value !== undefined) fields[paths[index] as string] = value;
      else if (index === 0) return false;
    }
    return predicate(fields);
  };
}

function conjunction(parts: readonly Condition[]): Condition {
  if (parts.length === 2) {
    const [first, second] = parts as [Condition, Condition];
    return (view) => first(view) && second(view);
  }
  return (view) => {
    for (const part of parts) if (!part(view)) return false;
    return true;
  };
}

/** Literals of one kind on one path are looked for in one row: that is what most lists of values are. */
function disjunction(parts: readonly Query[], table: PathTable): Condition {
  const rows = new Map<
    string,
    { slot: number; kind: 'contains' | 'startsWith' | 'endsWith'; texts: string[] }
  >();
  const sets = new Map<number, Set<string>>();
  const rest: Condition[] = [];
  for (const part of parts) {
    if ((part.kind === 'contains' || part.kind === 'startsWith' || part.kind === 'endsWith') && !part.cased) {
      const slot = table.slot(part.path);
      const key = `${part.kind} ${slot}`;
      const row = rows.get(key) ?? { slot, kind: part.kind, texts: [] };
      rows.set(key, row);
      row.texts.push(fold(part.value));
    } else if (part.kind === 'equals' && !part.cased) {
      const slot = table.slot(part.path);
      const set = sets.get(slot) ?? new Set();
      sets.set(slot, set);
      set.add(fold(String(part.value)));
    } else rest.push(compileCondition(part, table));
  }
  const conditions: Condition[] = [];
  for (const [slot, set] of sets) conditions.push(onTexts(slot, false, (text) => set.has(text)));
  for (const { slot, kind, texts } of rows.values())
    conditions.push(onTexts(slot, false, anyAnchored(kind, texts)));
  conditions.push(...rest);
  const [only] = conditions;
  if (conditions.length === 1 && only) return only;
  return (view) => {
    for (const condition of conditions) if (condition(view)) return true;
    return false;
  };
}

function anchored(kind: 'contains' | 'startsWith' | 'endsWith', wanted: string): TextTest {
  if (kind === 'contains') return (text) => text.includes(wanted);
  return kind === 'startsWith' ? (text) => text.startsWith(wanted) : (text) => text.endsWith(wanted);
}

function anyAnchored(kind: 'contains' | 'startsWith' | 'endsWith', wanted: readonly string[]): TextTest {
  const [only] = wanted;
  if (wanted.length === 1 && only !== undefined) return anchored(kind, only);
  if (kind === 'contains') {
    // Hundreds of emoji in one list are no reason to look for each of them in every command line.
    const ascii = wanted.filter((literal) => !NON_ASCII.test(literal));
    const wide = wanted.filter((literal) => NON_ASCII.test(literal));
    return (text) => {
      for (const literal of ascii) if (text.includes(literal)) return true;
      if (wide.length === 0 || !NON_ASCII.test(text)) return false;
      for (const literal of wide) if (text.includes(literal)) return true;
      return false;
    };
  }
  if (kind === 'startsWith')
    return (text) => {
      for (const literal of wanted) if (text.startsWith(literal)) return true;
      return false;
    };
  return (text) => {
    for (const literal of wanted) if (text.endsWith(literal)) return true;
    return false;
  };
}

function onTexts(slot: number, cased: boolean | undefined, test: TextTest): Condition {
  if (cased) return (view) => anyRaw(view.raw(slot), test);
  return (view) => {
    const value = view.folded(slot);
    if (typeof value === 'string') return test(value);
    if (value === undefined) return false;
    for (const item of value) if (test(item)) return true;
    return false;
  };
}

function anyRaw(value: FieldValue | undefined, test: TextTest): boolean {
  if (typeof value === 'string') return test(value);
  if (value === undefined) return false;
  if (typeof value === 'object') return (value as readonly Scalar[]).some((item) => test(String(item)));
  return test(String(value));
}

/**
 * RE2 runs behind its literals. They are ASCII, and RE2 folds a few other characters to ASCII (`ſ` to `s`): a text
 * that is not all ASCII is therefore never turned away.
 */
function regexCondition(slot: number, source: string, flags: string): Condition {
  const test = regexTest(source, flags);
  const guard = requiredLiterals(source) ?? requiredLiterals(source, 1);
  return (view) => {
    const raw = view.raw(slot);
    if (raw === undefined) return false;
    if (guard && typeof raw === 'string') {
      const folded = view.folded(slot) as string;
      if (
        !guard.some((literals) => literals.every((literal) => folded.includes(literal))) &&
        !NON_ASCII.test(raw)
      )
        return false;
    }
    return anyRaw(raw, test);
  };
}

function textCondition(pattern: readonly PatternPart[], cased: boolean): Condition {
  const test = patternTest(pattern, cased, false);
  if (!cased)
    return (view) => {
      for (const text of view.allFolded()) if (test(text)) return true;
      return false;
    };
  return (view) => {
    for (const path in view.fields) if (anyRaw(view.fields[path], test)) return true;
    return false;
  };
}
