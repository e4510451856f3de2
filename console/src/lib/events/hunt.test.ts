import { describe, expect, it } from 'vitest';
import { moved, readColumns, toggled, trackSizes, USUAL, writeColumns } from './columns.js';
import { completed, fieldOffers, slotAt } from './completion.js';
import { readHistory, remember } from './history.js';
import { narrowed } from './pivot.js';
import { hrefOf, keptOf, SEARCHES } from '$lib/views/saved.svelte.js';
import { edgesOf, movedSpan } from './selection.js';

describe('what can stand at the caret (written |)', () => {
  const cases: Record<string, string> = {
    '|': 'field ',
    'us|': 'field us',
    'user.name: ro|': 'value user.name ro',
    'user.name:|': 'value user.name ',
    'user.name: "two wo|': 'value user.name two wo',
    'user.name: (root or ad|': 'value user.name ad',
    'user.name: (|': 'value user.name ',
    'user.name: root |': 'field  after',
    'user.name: root an|': 'field an after',
    'user.name: root and ho|': 'field ho',
    'a: b and (c|': 'field c',
    'a > |': 'none',
    '"free te|': 'none',
    'x\\:y|': 'field x\\:y',
    'a: b| and c: d': 'value a b',
  };
  for (const [written, expected] of Object.entries(cases))
    it(written, () => {
      const caret = written.indexOf('|');
      const slot = slotAt(written.replace('|', ''), caret);
      const said =
        slot.kind === 'value'
          ? `value ${slot.path} ${slot.word}`
          : slot.kind === 'field'
            ? `field ${slot.word}${slot.afterTerm ? ' after' : ''}`
            : 'none';
      expect(said).toBe(expected);
    });
});

describe('offers', () => {
  const fields = [
    { path: 'message', count: 9, kind: 'text' },
    { path: 'user.name', count: 5, kind: 'text' },
    { path: 'source.user.name', count: 8, kind: 'text' },
    { path: 'odd path', count: 1, kind: 'text' },
  ];
  const labels = (word: string, afterTerm = false) =>
    fieldOffers({ kind: 'field', from: 0, word, afterTerm }, fields).map(({ label }) => label);
  it('begin with the fields that begin with the word', () =>
    expect(labels('us')).toEqual(['user.name', 'source.user.name']));
  it('join a finished term', () => expect(labels('', true).slice(0, 3)).toEqual(['and', 'or', 'not']));
  it('take the place of the word and leave the rest', () => {
    const offer = { kind: 'value', label: 'root', text: '"root" ' } as const;
    expect(completed('a: ro and b: c', 5, 3, offer)).toEqual({ text: 'a: "root" and b: c', caret: 10 });
  });
  it('quote a path that is no plain word', () => {
    const [offer] = fieldOffers({ kind: 'field', from: 0, word: 'odd', afterTerm: false }, fields);
    expect(offer?.text).toBe('"odd path": ');
  });
});

describe('columns', () => {
  it('are the usual ones without a word in the address, and are not written then', () => {
    expect(readColumns(new URLSearchParams())).toEqual(USUAL);
    expect(writeColumns(USUAL)).toBe('');
  });
  it('come before the message, go by the same way, and one always stays', () => {
    const more = toggled(USUAL, 'source.ip');
    expect(more).toEqual(['source', 'host', 'source.ip', 'message']);
    expect(toggled(more, 'source.ip')).toEqual(USUAL);
    expect(toggled(['message'], 'message')).toEqual(['message']);
  });
  it('move within their bounds', () => {
    expect(moved(['a', 'b'], 'b', -1)).toEqual(['b', 'a']);
    expect(moved(['a', 'b'], 'b', 1)).toEqual(['a', 'b']);
  });
  it('have a track each', () => expect(trackSizes(['x', 'message']).split(' ')).toHaveLength(4));
});

describe('a range of the histogram', () => {
  it('begins at the edge, moves, and grows with shift', () => {
    const first = movedSpan(undefined, 'ArrowLeft', false, 9);
    expect(first).toEqual({ anchor: 9, at: 9 });
    expect(movedSpan(first, 'ArrowLeft', true, 9)).toEqual({ anchor: 9, at: 8 });
    expect(movedSpan(first, 'ArrowRight', false, 9)).toEqual({ anchor: 9, at: 9 });
    expect(movedSpan(first, 'x', false, 9)).toBeUndefined();
    expect(edgesOf({ anchor: 7, at: 3 })).toEqual([3, 7]);
  });
});

describe('one’s own searches', () => {
  const memory = () => {
    const kept = new Map<string, string>();
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
  };
  it('are kept newest first, each once, twenty at most', () => {
    const store = memory();
    for (let n = 0; n < 30; n += 1) remember(`q${n % 25}`, store);
    expect(readHistory(store).slice(0, 3)).toEqual(['q4', 'q3', 'q2']);
    expect(readHistory(store)).toHaveLength(20);
  });
  it('survive a broken store', () => expect(readHistory({ getItem: () => '{' })).toEqual([]));
});

describe('a saved search', () => {
  it('keeps what makes the question and nothing else', () => {
    const params = new URLSearchParams('q=a%3A b&from=now-1h&event=evt_1&columns=x,y');
    const parameters = keptOf(SEARCHES, params);
    expect(parameters).toEqual({ q: 'a: b', from: 'now-1h', columns: 'x,y' });
    expect(hrefOf(SEARCHES, { parameters })).toBe('/events?q=a%3A+b&from=now-1h&columns=x%2Cy');
  });
});

it('narrows to events that have the field', () => {
  expect(narrowed('x: y', 'a', '', 'exists')).toBe('x: y and a: *');
  expect(narrowed('', 'odd path', 'v', 'exclude')).toBe('not "odd path": "v"');
});
