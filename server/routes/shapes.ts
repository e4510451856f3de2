/** Shapes that the routes share: schemas by reference, versioned records, pages, and the reading of list parameters. */
import Type, { type TObject, type TSchema } from 'typebox';
import { and, type Query } from '#kernel/query/ast.js';
import { parseQuery } from '#kernel/query/parse.js';
import type { Versioned } from '#kernel/ports/record-store.js';
import { valueOf } from '../problems.js';
import { Problem } from '#kernel/schema/pieces.js';

/** A record as answers carry it: with its version for compare-and-set. */
export function versioned<T extends TObject>(record: T) {
  return Type.Intersect([bare(record), Type.Object({ version: Type.Integer({ minimum: 1 }) })]);
}

export function withVersion<T extends object>({ value, version }: Versioned<T>): T & { version: number } {
  return { ...value, version };
}

/** The schema without the `$id`s inside: the same schema may stand in many answers. */
export function bare<T extends TSchema>(schema: T): T {
  return strip(schema) as T;
}

function strip(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strip);
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node)
      // A property that is itself called `$id` holds a schema, not text.
      .filter(([name, value]) => !(name === '$id' && typeof value === 'string'))
      .map(([name, value]) => [name, strip(value)]),
  );
}

/** `{total, items, next}`. */
export function page<T extends TSchema>(item: T) {
  return Type.Object({
    total: Type.Integer({ minimum: 0 }),
    items: Type.Array(item),
    next: Type.Union([Type.String(), Type.Null()]),
  });
}

/** A body or query without unknown members. */
export function exactly<P extends Record<string, TSchema>>(properties: P, description?: string) {
  return Type.Object(properties, { additionalProperties: false, ...(description && { description }) });
}

const problem = bare(Problem);
/** Answers of a route: the good ones, and problems for everything else. */
export function answers<R extends Record<number, TSchema>>(good: R) {
  return { ...good, '4xx': problem, '5xx': problem };
}

export const IdParams = exactly({ id: Type.String({ minLength: 1, maxLength: 256 }) });
export const limitUpTo = (most: number, otherwise: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: most, default: otherwise }));
export const Cursor = Type.Optional(
  Type.String({ maxLength: 4096, description: '`next` of the page before' }),
);
export const Text = (most: number, description?: string) =>
  Type.Optional(Type.String({ maxLength: most, ...(description && { description }) }));
export const Time = Type.Optional(
  Type.String({ maxLength: 40, description: 'ISO 8601, or relative: `now-15m`' }),
);
/** The console may name the realm here where it cannot send a header. */
export const Realm = Type.Optional(Type.String({ maxLength: 80 }));
export const Facets = Type.Optional(
  Type.Record(Type.String(), Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() }))),
);
export const Version = Type.Integer({ minimum: 1, description: 'the version that was read' });

/** `a,b,c` as a list; empty for undefined. */
export function commaList(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').flatMap((word) => (word.trim() === '' ? [] : [word.trim()]));
}

/** The text form and the filters of a list as one query; throws `invalid_query`. */
export function queryOf(text: string | undefined, ...filters: readonly Query[]): Query {
  return and(...(text?.trim() ? [valueOf(parseQuery(text))] : []), ...filters);
}
