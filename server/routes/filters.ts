/** List parameters as queries. */
import { anyOf, equals, not, type Query } from '#kernel/query/ast.js';
import type { Grant } from '#trust/access/authorize.js';
import { commaList } from './shapes.js';

/** Any of a comma list; no filter where the list is empty. */
export function oneOf(path: string, list: string | undefined): readonly Query[] {
  const values = commaList(list);
  return values.length === 0 ? [] : [anyOf(path, values)];
}

/** An identifier, `none` for absence, or `me` for who asks. */
export function referring(path: string, value: string | undefined, grant: Grant): readonly Query[] {
  if (!value) return [];
  if (value === 'none') return [not({ kind: 'exists', path })];
  return [equals(path, value === 'me' ? grant.actor.id : value)];
}

export function sameAs(path: string, value: string | undefined): readonly Query[] {
  return value ? [equals(path, value)] : [];
}
