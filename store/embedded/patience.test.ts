import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { Query } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import { frameMaker } from '../contract/frames.js';
import { openEmbeddedEventStore } from './event-store.js';
import { patience } from './patience.js';

const ROWS = 300;
/** Nothing that SQL judges: each row is held against the predicate. */
const SLOW: Query = { kind: 'regex', path: 'message', source: 'never' };
const TOO_SLOW = { fault: { code: 'query_too_slow' } };

describe('a search that takes long', () => {
  let folder: string;
  let store: EventStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fenghuo-patience-'));
    store = await openEmbeddedEventStore({ folder });
    await store.append([
      frameMaker()(Array.from({ length: ROWS }, (_, n) => ({ fields: { message: `row ${n}` } }))),
    ]);
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    await store.close();
    await rm(folder, { recursive: true });
  });

  const window = { fromMs: 0, toMs: 4e12, stepMs: 4e12 };
  const READINGS: readonly [string, (signal?: AbortSignal) => Promise<unknown>][] = [
    ['search', (signal) => store.search(testScope(), { query: SLOW, ...(signal && { signal }) })],
    [
      'histogram',
      (signal) => store.histogram(testScope(), { query: SLOW, ...window, ...(signal && { signal }) }),
    ],
    [
      'terms',
      (signal) => store.terms(testScope(), { query: SLOW, path: 'message', ...(signal && { signal }) }),
    ],
  ];

  it.each(READINGS)('%s: lets the rest of the process go on between its rows', async (_name, read) => {
    let nowMs = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 20));
    let turns = 0;
    let over = false;
    const count = (): void => {
      turns += 1;
      if (!over) setImmediate(count);
    };
    setImmediate(count);
    await read();
    over = true;
    expect(turns).toBeGreaterThan(ROWS / 2);
  });

  it.each(READINGS)('%s: ends with a fault after a minute', async (_name, read) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const refused = expect(read()).rejects.toMatchObject(TOO_SLOW);
    vi.advanceTimersByTime(60_000);
    await refused;
  });

  it.each(READINGS)('%s: ends at once where nobody waits for it any more', async (_name, read) => {
    const gone = new AbortController();
    const ended = expect(read(gone.signal)).rejects.toMatchObject({ name: 'AbortError' });
    gone.abort();
    await ended;
  });

  it('does not keep later ones from being read', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const many = Array.from({ length: 10 }, () => store.search(testScope(), { query: SLOW }));
    const refused = Promise.all(many.map((one) => expect(one).rejects.toMatchObject(TOO_SLOW)));
    vi.advanceTimersByTime(60_000);
    await refused;
    expect((await store.search(testScope(), { query: { kind: 'all' } })).total).toBe(ROWS);
  });
});

it('bounds the predicates of one search together', () => {
  let nowMs = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const bounded = patience(1000);
  const [one, other] = [bounded(() => true), bounded(() => false)];
  for (let n = 0; n < 50; n += 1) expect([one({}), other({})]).toEqual([true, false]);
  nowMs = 1001;
  const go = (): void => {
    for (let n = 0; n < 50; n += 1) other({});
  };
  expect(go).toThrow(/took longer than 1 s/);
  vi.restoreAllMocks();
});
