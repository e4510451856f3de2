import { expect, it } from 'vitest';
import { changesOf } from './lines.js';

const text = (...lines: string[]) => `${lines.join('\n')}\n`;

it('shows changes with what stands about them', () => {
  const long = Array.from({ length: 12 }, (_, n) => `line ${n}`);
  const after = [...long.slice(0, 6), 'new', ...long.slice(7)];
  expect(changesOf(text(...long), text(...after))).toEqual([
    { kind: 'skipped', lines: 3 },
    { kind: 'same', text: 'line 3' },
    { kind: 'same', text: 'line 4' },
    { kind: 'same', text: 'line 5' },
    { kind: 'removed', text: 'line 6' },
    { kind: 'added', text: 'new' },
    { kind: 'same', text: 'line 7' },
    { kind: 'same', text: 'line 8' },
    { kind: 'same', text: 'line 9' },
    { kind: 'skipped', lines: 2 },
  ]);
});

it('says nothing of texts that are the same', () => {
  expect(changesOf('a\nb\n', 'a\nb\n')).toEqual([]);
});
