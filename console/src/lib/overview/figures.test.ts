import { expect, it } from 'vitest';
import { burningOf, changeOf, countOf, formatChange, isWhole } from './figures.js';

const outcomes = [
  { value: 'attempted', count: 5 },
  { value: 'compromised', count: 2 },
  { value: 'succeeded', count: 1 },
];

it('adds up what burns', () => {
  expect(countOf(outcomes, 'attempted')).toBe(5);
  expect(countOf(outcomes, 'unknown')).toBe(0);
  expect(burningOf({ alerts: { outcomes } } as never)).toBe(3);
});

it.each([
  [{ total: 3, before: 2 }, '+50 %'],
  [{ total: 1, before: 2 }, '−50 %'],
  [{ total: 2, before: 2 }, '±0 %'],
  [{ total: 30_000, before: 2 }, '+1,499,900 %'],
])('says by how much %j differs', (raised, text) => {
  expect(formatChange(changeOf(raised) ?? Number.NaN, 'en')).toBe(text);
});

it('compares with nothing where there was nothing', () => {
  expect(changeOf({ total: 3, before: 0 })).toBeUndefined();
});

it('is whole only without gaps, overlaps and unaccounted matches', () => {
  const frames = [{ gaps: [], overlaps: [] }];
  expect(isWhole({ unaccounted: 0, frames })).toBe(true);
  expect(isWhole({ unaccounted: 1, frames })).toBe(false);
  expect(isWhole({ unaccounted: 0, frames: [{ gaps: [{}], overlaps: [] }] })).toBe(false);
  expect(isWhole({ unaccounted: 0, frames: [{ gaps: [], overlaps: [{}] }] })).toBe(false);
});
