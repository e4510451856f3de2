import { describe, expect, it } from 'vitest';
import { fieldRows } from './field-rows.js';
import { chordOf, KeyRegistry, showChord, type KeyPress } from './keys.js';
import { unaccountedOf } from './ledger.js';

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

describe('chords', () => {
  const cases: [KeyPress, string][] = [
    [press('a'), 'a'],
    [press('X', { shiftKey: true }), 'shift+x'],
    [press('?', { shiftKey: true }), '?'],
    [press('Enter', { ctrlKey: true }), 'mod+enter'],
    [press('k', { metaKey: true }), 'mod+k'],
    [press('a', { altKey: true }), ''],
    [press('Shift', { shiftKey: true }), ''],
    [press('。'), '.'],
    [press('【'), '['],
  ];
  for (const [one, chord] of cases)
    it(`${one.key} is ${chord || 'none'}`, () => expect(chordOf(one)).toBe(chord));
  it('show as people write them', () => {
    expect(showChord('mod+k', false)).toBe('Ctrl K');
    expect(showChord('mod+enter', true)).toBe('⌘⏎');
    expect(showChord('shift+x', false)).toBe('⇧X');
    expect(showChord('g a', false)).toBe('g a');
  });
});

describe('the key registry', () => {
  const setUp = () => {
    const keys = new KeyRegistry();
    const ran: string[] = [];
    const bind = (chord: string, name = chord, layer = keys.base) =>
      keys.bind(layer, { chord, label: () => name, run: () => ran.push(name) });
    return { keys, ran, bind };
  };

  it('runs the last one bound, and the one before when that is gone', () => {
    const { keys, ran, bind } = setUp();
    bind('a', 'first');
    const unbind = bind('a', 'second');
    keys.handle(press('a'), false, 0);
    unbind();
    keys.handle(press('a'), false, 0);
    expect(ran).toEqual(['second', 'first']);
  });
  it('keeps letters for those who type, but not mod chords', () => {
    const { keys, ran, bind } = setUp();
    bind('a');
    bind('mod+enter');
    expect(keys.handle(press('a'), true, 0)).toBe(false);
    expect(keys.handle(press('Enter', { ctrlKey: true }), true, 0)).toBe(true);
    expect(ran).toEqual(['mod+enter']);
  });
  it('goes by two keys, if the second comes in time', () => {
    const { keys, ran, bind } = setUp();
    bind('g a');
    bind('a');
    keys.handle(press('g'), false, 0);
    keys.handle(press('a'), false, 500);
    keys.handle(press('g'), false, 1000);
    keys.handle(press('a'), false, 9000);
    expect(ran).toEqual(['g a', 'a']);
  });
  it('hides the page’s keys under a dialog', () => {
    const { keys, ran, bind } = setUp();
    bind('a', 'page');
    const layer = keys.push();
    bind('e', 'dialog', layer.id);
    expect(keys.handle(press('a'), false, 0)).toBe(false);
    keys.handle(press('e'), false, 0);
    layer.pop();
    keys.handle(press('a'), false, 0);
    expect(ran).toEqual(['dialog', 'page']);
  });
  it('lists each chord once', () => {
    const { keys, bind } = setUp();
    bind('a', 'one');
    bind('a', 'two');
    expect(keys.list().map((binding) => binding.label())).toEqual(['two']);
  });
});

describe('the ledger', () => {
  const counts = {
    matches: 14,
    created: 1,
    merged: 10,
    suppressed: 1,
    excepted: 1,
    deferred: 0,
    signalled: 1,
    errors: 3,
  };
  it('is whole when every match became something', () => expect(unaccountedOf(counts)).toBe(0));
  it('shows what is missing', () => expect(unaccountedOf({ ...counts, matches: 16 })).toBe(2));
});

it('field rows put matched fields first and leave the raw text out', () => {
  const rows = fieldRows({ 'event.original': 'x', b: 'v', a: [1, 2], c: true }, [
    { path: 'c', value: 'true', selection: 's' },
  ]);
  expect(rows).toEqual([
    { path: 'c', values: ['true'], hit: true, selection: 's' },
    { path: 'a', values: ['1', '2'], hit: false },
    { path: 'b', values: ['v'], hit: false },
  ]);
});
