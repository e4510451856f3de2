/** Columns hold what they were given, and order it as its sort keys do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareSortKeys, sortKeyOf } from '../record-request.js';
import { numberColumn } from './record-columns.js';

const instant = fc
  .date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString());
/** Looks like an instant and may be none: the 31st of February, the 25th hour. */
const like = fc
  .tuple(...[9999, 13, 32, 25, 61, 61, 999].map((most) => fc.integer({ min: 0, max: most })))
  .map(([y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0]) => {
    const two = (value: number, size = 2): string => String(value).padStart(size, '0');
    return `${two(y, 4)}-${two(mo)}-${two(d)}T${two(h)}:${two(mi)}:${two(s)}.${two(ms, 3)}Z`;
  });
const value = fc.oneof(instant, like, fc.integer(), fc.string(), fc.constant(undefined));

describe('a column of numbers and times', () => {
  test('gives back what was put in', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
        const column = numberColumn('lastEventAt');
        values.forEach((one, slot) => column.set(slot, one));
        expect(values.map((_, slot) => column.value(slot))).toEqual(values);
      }),
    );
  });

  test('orders as sort keys do, also against a key of its own', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const column = numberColumn('lastEventAt');
        column.set(0, a);
        column.set(1, b);
        const key = sortKeyOf('lastEventAt', b);
        const expected = Math.sign(compareSortKeys(sortKeyOf('lastEventAt', a), key));
        expect(Math.sign(column.order()(0, 1))).toBe(expected);
        expect(Math.sign(column.side(key)(0))).toBe(expected);
      }),
    );
  });
});
