import { describe, expect, it } from 'vitest';
import { createIdentifiers } from './identifiers.js';

describe('identifiers', () => {
  it('are the ULID of time and random bytes', () => {
    // The ULID specification's own example time: 01ARYZ6S41 is 1469918176385.
    const ids = createIdentifiers({ nowMs: () => 1469918176385 }, (size) => Buffer.alloc(size));
    expect(ids.next('inc')).toBe('inc_01ARYZ6S410000000000000000');
    expect(ids.next('alr')).toBe('alr_01ARYZ6S410000000000000001');
  });

  it('sort by the order they were made in, through a clock that stands or steps back a little', () => {
    const times = [5000, 5000, 4990, 5001, 5001, 4000, 6000];
    let turn = 0;
    const ids = createIdentifiers({ nowMs: () => times[turn++] ?? 7000 });
    const made = times.map(() => ids.next('evt'));
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(made.length);
  });

  it('moves to the next millisecond where the random part would overflow', () => {
    const ids = createIdentifiers({ nowMs: () => 1 }, (size) => Buffer.alloc(size, 0xff));
    expect(ids.next('evt')).toBe(`evt_0000000001${'Z'.repeat(16)}`);
    expect(ids.next('evt')).toBe(`evt_0000000002${'Z'.repeat(16)}`);
  });

  it('believes a clock that was set back by much', () => {
    let nowMs = 100_000_000;
    const ids = createIdentifiers({ nowMs: () => nowMs });
    const before = ids.next('evt');
    nowMs = 1_000_000;
    expect(ids.next('evt') < before).toBe(true);
  });
});
