/** JSON Canonicalization Scheme, RFC 8785: one byte sequence for one value, so that it can be hashed and proven. */

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/**
 * Properties sorted by UTF-16 code units, numbers and strings as ECMAScript writes them (sections 3.2.2 and 3.2.3).
 * A property that is undefined is left out. Throws a TypeError for what I-JSON cannot carry: infinite numbers, NaN,
 * and lone surrogates.
 */
export function canonicalJson(value: JsonValue): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('a number that is not finite has no canonical form');
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    default:
      return value === null
        ? 'null'
        : structured(value as readonly JsonValue[] | { [name: string]: JsonValue });
  }
}

function structured(
  value: readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined },
): string {
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonicalJson(item)).join(',')}]`;
  const object = value as { readonly [name: string]: JsonValue | undefined };
  // The default sort compares UTF-16 code units, as section 3.2.3 asks.
  const parts = Object.keys(object)
    .sort()
    .flatMap((name) => {
      const item = object[name];
      return item === undefined ? [] : [`${quoted(name)}:${canonicalJson(item)}`];
    });
  return `{${parts.join(',')}}`;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function quoted(text: string): string {
  if (LONE_SURROGATE.test(text)) throw new TypeError('a lone surrogate has no canonical form');
  return JSON.stringify(text);
}
