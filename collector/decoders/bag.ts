/** Reading a parsed JSON object whose shape is only the sender's claim: a value of another type is as good as none. */

export type Bag = Readonly<Record<string, unknown>>;

/** The object, or undefined for anything else (a list too). */
export function bagOf(value: unknown): Bag | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Bag) : undefined;
}

/** The object at a name; an empty one where there is none, so that what lies below can be asked for. */
export function below(bag: Bag, name: string): Bag {
  return bagOf(bag[name]) ?? EMPTY;
}

const EMPTY: Bag = Object.freeze({});

/** A text that is not empty, or a number or boolean as text. */
export function textAt(bag: Bag, name: string): string | undefined {
  const value = bag[name];
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** A finite number, also where it is written as text. */
export function numberAt(bag: Bag, name: string): number | undefined {
  const value = bag[name];
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.length > 24 || !/^-?\d+(?:\.\d+)?$/.test(value)) return undefined;
  return Number(value);
}

/** A list as it is, a single value as a list of one. */
export function listAt(bag: Bag, name: string): readonly unknown[] {
  const value = bag[name];
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** Most texts that {@link textsAt} gives. */
const MOST_TEXTS = 256;

/** The texts of a list (or the single one), without those that are empty. */
export function textsAt(bag: Bag, name: string): string[] {
  const value = bag[name];
  if (typeof value === 'string') return value === '' ? [] : [value];
  const texts: string[] = [];
  if (Array.isArray(value))
    for (const item of value)
      if (typeof item === 'string' && item !== '' && texts.length < MOST_TEXTS) texts.push(item);
  return texts;
}
