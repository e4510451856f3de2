/** Opaque cursors: a position in an order, as base64url JSON, bound to what it was made for. */
import { FaultError, fault } from '#kernel/errors.js';

type CursorValue = string | number | boolean | null;

/** `kind` names the order that the position belongs to; a cursor of another order is refused. */
export function encodeCursor(kind: string, position: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([kind, ...position])).toString('base64url');
}

/** The position; throws `invalid_cursor` for text that `encodeCursor` did not make for this kind and these types. */
export function decodeCursor(
  kind: string,
  cursor: string,
  types: readonly ('string' | 'number' | 'boolean' | 'any')[],
): readonly CursorValue[] {
  const refuse = (): never => {
    throw new FaultError(fault('invalid_cursor'));
  };
  if (cursor.length > 8192) return refuse();
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return refuse();
  }
  if (!Array.isArray(parsed) || parsed[0] !== kind || parsed.length !== types.length + 1) return refuse();
  const position: readonly unknown[] = parsed.slice(1);
  const fits = position.every((value, index) => {
    const type = types[index];
    return type === 'any'
      ? value === null || ['string', 'number', 'boolean'].includes(typeof value)
      : typeof value === type;
  });
  return fits ? (position as readonly CursorValue[]) : refuse();
}
