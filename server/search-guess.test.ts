import { describe, expect, it } from 'vitest';
import { guessesOf } from './search-guess.js';

describe('what a typed text may be', () => {
  const cases: Record<string, string> = {
    alr_0abc: 'alert*',
    inc_0abc: 'incident*',
    evt_0abc: 'event*',
    src_0abc: 'source*',
    'c141916d-8f03-4574-96ed-1740a2b39901': 'rule*',
    '203.0.113.9': 'ip',
    '2001:db8::1': 'ip',
    '999.1.1.1': 'host user',
    d41d8cd98f00b204e9800998ecf8427e: 'hash',
    root: 'host user',
    'WORKSTATION5.theshire.local': 'host user domain',
    'example.中国': 'host user domain',
    'two words': '',
    'a.': 'host user',
  };
  for (const [word, expected] of Object.entries(cases))
    it(word, () =>
      expect(
        guessesOf(word)
          .map(({ kind, byId }) => (byId ? `${kind}*` : kind))
          .join(' '),
      ).toBe(expected),
    );
});
