/** The follower: an unbroken row of judgements, whatever restarts, fails or changes in between. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEventBus, type EventMap } from '#kernel/bus.js';
import type { Event } from '#kernel/event.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import type { Judgement } from '#kernel/schema/judgement.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import { startFollower, type Follower, type FollowerOptions } from './follower.js';
import { createTestJournal, type TestJournal } from './journal.fixture.js';
import { INGESTED, says, testEvent, testRules } from './judging.fixture.js';
import { checkReceipts } from './receipts.js';

const RULES = testRules([{ id: 'ssh', holds: says('bad') }]);
const scope = testScope({ realm: '*' });

let journal: TestJournal;
let records: RecordStore;
let groups: Map<string, string>;
let handedOn: Judgement[];
let heard: { judged: EventMap['frame.judged'][]; losses: EventMap['loss.counted'][]; states: string[] };
let followers: Follower[];
let seq: number;

beforeEach(() => {
  journal = createTestJournal();
  records = createMemoryRecordStore();
  groups = new Map();
  handedOn = [];
  heard = { judged: [], losses: [], states: [] };
  followers = [];
  seq = 0;
});
afterEach(async () => {
  for (const follower of followers) await follower.close();
});

const event = (message: string): Event => testEvent(++seq, { message, 'host.name': 'h' });

async function start(options: Partial<FollowerOptions> = {}): Promise<Follower> {
  const bus = createEventBus((error) => {
    throw error;
  });
  bus.on('frame.judged', (judged) => heard.judged.push(judged));
  bus.on('loss.counted', (loss) => heard.losses.push(loss));
  bus.on('platform.reported', ({ state }) => heard.states.push(state));
  const follower = await startFollower({
    journal,
    records,
    scope,
    rules: RULES,
    groups: { find: (key) => groups.get(key) },
    onJudgement: (judgement) => {
      for (const effect of judgement.effects) groups.set(effect.groupKey, effect.alert);
      handedOn.push(judgement);
      return Promise.resolve();
    },
    clock: { nowMs: () => INGESTED },
    bus,
    // Long enough for every frame in memory to come first.
    wait: () => new Promise((resolve) => setImmediate(resolve)),
    ...options,
  });
  followers.push(follower);
  return follower;
}

async function stored(): Promise<Judgement[]> {
  const sort = { path: 'fromFrame', order: 'asc' } as const;
  const page = await records.search(scope, 'judgements', { query: ALL, sort, limit: 1000 });
  return page.items.map((item) => item.value);
}

const rangesOf = (judgements: readonly Judgement[]): number[][] =>
  judgements.map(({ fromFrame, toFrame }) => [fromFrame, toFrame]);

describe('startFollower', () => {
  it('folds frames without a match and commits the others by themselves, in order', async () => {
    for (const message of ['a', 'b', 'bad', 'c', 'd']) journal.put(event(message));
    const follower = await start();
    await expect.poll(() => follower.state()).toMatchObject({ judgedThrough: 5, lagFrames: 0 });
    expect(rangesOf(await stored())).toEqual([
      [1, 2],
      [3, 3],
      [4, 5],
    ]);
    expect(handedOn).toEqual(await stored());
    expect(heard.judged.map(({ frame, matches }) => [frame, matches])).toEqual([
      [2, 0],
      [3, 1],
      [5, 0],
    ]);
    expect(checkReceipts(await stored())).toMatchObject({ unbroken: true, judgedThrough: 5, events: 5 });
    expect(journal.released.get('engine')).toBe(5);
    expect((await records.get(scope, 'ruleSets', 'set-1'))?.value.rules).toEqual([
      { rule: 'ssh', version: 'v1' },
    ]);
  });

  it('lets frames judged in one commit join the same alert', async () => {
    for (let n = 0; n < 5; n++) journal.put(event('bad'));
    await start();
    await expect.poll(() => handedOn.length).toBe(5);
    const effects = handedOn.flatMap((judgement) => judgement.effects);
    expect(effects.map(({ kind }) => kind)).toEqual(['create', 'merge', 'merge', 'merge', 'merge']);
    expect(new Set(effects.map(({ alert }) => alert)).size).toBe(1);
  });

  it('bounds a fold', async () => {
    for (let n = 0; n < 10; n++) journal.put(event('a'));
    await start({ foldFrames: 4, foldMostMs: Infinity });
    await expect.poll(() => journal.released.get('engine')).toBe(10);
    expect(rangesOf(await stored())).toEqual([
      [1, 4],
      [5, 8],
      [9, 10],
    ]);
  });

  it('commits a frame after a rest at once, and those that follow it together', async () => {
    let over = (): void => undefined;
    const asked: number[] = [];
    const wait: FollowerOptions['wait'] = (ms, signal) => {
      if (ms === 0) return Promise.resolve();
      asked.push(ms);
      return new Promise((resolve) => {
        over = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    };
    let nowMs = INGESTED;
    await start({ wait, clock: { nowMs: () => nowMs } });
    journal.put(event('a'));
    await expect.poll(() => rangesOf(handedOn)).toEqual([[1, 1]]);
    nowMs += 100;
    journal.put(event('b'));
    await expect.poll(() => asked.at(-1)).toBe(400);
    nowMs += 150;
    journal.put(event('c'));
    await expect.poll(() => asked.at(-1)).toBe(250);
    expect(handedOn).toHaveLength(1);
    over();
    await expect
      .poll(() => rangesOf(handedOn))
      .toEqual([
        [1, 1],
        [2, 3],
      ]);
    // A match waits for nothing.
    journal.put(event('bad'));
    await expect.poll(() => handedOn.at(-1)?.toFrame).toBe(4);
  });

  it('goes on behind the last judgement after a restart', async () => {
    journal.put(event('a'), event('bad'));
    const first = await start();
    await expect.poll(() => first.state().judgedThrough).toBe(1);
    await first.close();
    journal.put(event('bad'));
    const second = await start();
    await expect.poll(() => second.state().judgedThrough).toBe(2);
    expect(rangesOf(handedOn)).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(handedOn[1]?.effects).toMatchObject([{ kind: 'merge' }]);
  });

  it('takes over what was committed and not found by the search, whatever its range', async () => {
    for (const message of ['a', 'b', 'c', 'bad', 'd']) journal.put(event(message));
    const other = createTestJournal();
    const whole = journal;
    journal = other;
    seq = 0;
    // An earlier run had folded three frames.
    for (const message of ['a', 'b', 'c']) other.put(event(message));
    const before = await start();
    await expect.poll(() => before.state().judgedThrough).toBe(3);
    await before.close();
    journal = whole;
    handedOn = [];
    const blind: RecordStore = {
      ...records,
      search: (async () => ({ total: 0, items: [], next: null })) as unknown as RecordStore['search'],
    };
    const follower = await start({ records: blind, foldFrames: 2, foldMostMs: Infinity });
    await expect.poll(() => follower.state().judgedThrough).toBe(5);
    expect(rangesOf(handedOn)).toEqual([
      [1, 3],
      [4, 4],
      [5, 5],
    ]);
    expect(checkReceipts(await stored())).toMatchObject({ unbroken: true, judgedThrough: 5, events: 5 });
    expect(heard.states).toEqual([]);
  });

  it('says so when a committed judgement covers other events', async () => {
    journal.put(event('a'));
    const before = await start();
    await expect.poll(() => before.state().judgedThrough).toBe(1);
    await before.close();
    journal = createTestJournal();
    seq = 50;
    journal.put(event('a'));
    const blind: RecordStore = {
      ...records,
      search: (async () => ({ total: 0, items: [], next: null })) as unknown as RecordStore['search'],
    };
    await start({ records: blind });
    await expect.poll(() => heard.states).toEqual(['judgement_differs']);
  });

  it('asks again when the store or the projection fails, and hands each judgement on in order', async () => {
    for (const message of ['a', 'bad', 'bad']) journal.put(event(message));
    let failures = 3;
    const broken: RecordStore = {
      ...records,
      write: (...args) =>
        failures-- > 0 ? Promise.reject(new Error('disk I/O error')) : records.write(...args),
    };
    let refusals = 2;
    const seen: number[] = [];
    const waits: number[] = [];
    const follower = await start({
      records: broken,
      foldMs: 0,
      retryFirstMs: 100,
      retryMostMs: 300,
      wait: (ms) => {
        if (ms > 0) waits.push(ms);
        return new Promise((resolve) => setImmediate(resolve));
      },
      onJudgement: async (judgement) => {
        if (judgement.fromFrame === 2 && refusals-- > 0) throw new Error('projection');
        seen.push(judgement.fromFrame);
      },
    });
    await expect.poll(() => follower.state()).toMatchObject({ judgedThrough: 3 });
    expect(follower.state().problem).toBeUndefined();
    expect(waits).toEqual([100, 200, 300, 300, 300]);
    expect(seen).toEqual([1, 2, 3]);
    expect(heard.states).toEqual(['judging_failing', 'judging_working']);
    expect(checkReceipts(await stored())).toMatchObject({ unbroken: true, judgedThrough: 3, events: 3 });
  });

  it('gives frames that cannot be read a row of their own, and counts the loss', async () => {
    journal.put(event('a'));
    journal.put(event('b'), event('bad'));
    journal.put(event('c'));
    journal.put(event('d'));
    journal.unreadable.add(2).add(3);
    const follower = await start();
    await expect.poll(() => follower.state().judgedThrough).toBe(4);
    expect(await stored()).toMatchObject([
      { fromFrame: 1, toFrame: 1, events: 1 },
      { fromFrame: 2, toFrame: 3, firstSeq: 2, lastSeq: 4, events: 0, note: expect.any(String) as string },
      { fromFrame: 4, toFrame: 4, events: 1 },
    ]);
    expect(heard.losses).toMatchObject([{ reason: 'frame_unjudged', count: 3, of: 'events' }]);
    expect(checkReceipts(await stored())).toMatchObject({
      unbroken: true,
      unread: [{ fromFrame: 2, toFrame: 3, events: 3 }],
    });
  });

  it('changes the rules between frames, never inside one', async () => {
    const next = testRules([{ id: 'other', holds: () => true }], 'set-2');
    const swapping = testRules([
      {
        id: 'swap',
        holds: (found) => {
          if (found.seq === 2) followers[0]?.use(next);
          return false;
        },
      },
    ]);
    const follower = await start({ rules: swapping });
    journal.put(event('a'), event('b'), event('c'));
    journal.put(event('d'));
    await expect.poll(() => follower.state().judgedThrough).toBe(2);
    expect(await stored()).toMatchObject([
      { ruleSet: 'set-1', events: 3, effects: [] },
      { ruleSet: 'set-2', events: 1, effects: [{ rule: { id: 'other' } }] },
    ]);
    expect(await records.get(scope, 'ruleSets', 'set-2')).toBeDefined();
  });

  it('lets others run while it judges a big frame', async () => {
    journal.put(...Array.from({ length: 5000 }, () => event('a')));
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const follower = await start();
    await expect.poll(() => follower.state().judgedThrough).toBe(1);
    done = true;
    expect(turns).toBeGreaterThanOrEqual(25);
    expect(await stored()).toHaveLength(1);
  });

  it('commits what it has judged when it is closed, and ends when the journal does', async () => {
    const never: FollowerOptions['wait'] = (_ms, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    const follower = await start({ wait: never });
    journal.put(event('a'));
    await new Promise((resolve) => setImmediate(resolve));
    await follower.close();
    expect(rangesOf(await stored())).toEqual([[1, 1]]);
  });
});
