import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { regexTest } from './regex.js';

describe('regexTest', () => {
  it('counts the characters of a line as RE2 does', () => {
    const unit = fc.constantFrom('a', '\n', '\r', '\u2028', '😀', '\ud83d', 'é');
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 12 }).map((parts) => parts.join('')),
        fc.integer({ min: 0, max: 6 }),
        fc.constantFrom('', ',', ',9'),
        fc.constantFrom('', 's', 'i', 'm', 'ims'),
        (text, least, most, flags) => {
          const source = `.{${least}${most}}`;
          const bits =
            (flags.includes('s') ? RE2JS.DOTALL : 0) |
            (flags.includes('m') ? RE2JS.MULTILINE : 0) |
            (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0);
          expect(regexTest(source, flags)(text)).toBe(RE2JS.compile(source, bits).matcher(text).find());
        },
      ),
      { numRuns: 500 },
    );
  });

  it('finds an expression anywhere, and throws for one that RE2 cannot read', () => {
    expect(regexTest('b+c', '')('abbc')).toBe(true);
    expect(regexTest('^b', '')('ab')).toBe(false);
    expect(() => regexTest('(?=a)', '')).toThrow();
  });
});
