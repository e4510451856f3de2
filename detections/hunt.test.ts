import { describe, expect, it } from 'vitest';
import { fault, FaultError } from '#kernel/errors.js';
import type { Event } from '#kernel/event.js';
import type { EventSearch, HistogramRequest } from '#kernel/ports/event-store.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { testScope } from '#test/scope.js';
import { hunt } from './hunt.js';
import { testEvent } from './judging.fixture.js';
import { ruleSetOf } from './rule-set.js';

const DAY = 86_400_000;
const RULES = `title: Failure
id: failure
logsource: { product: test }
detection: { s: { event.outcome: failure }, condition: s }
level: low
fenghuo: { entity: user }
---
title: Many failures
id: many
correlation:
  type: event_count
  rules: [failure]
  group-by: [user.name]
  timespan: 1h
  condition: { gte: 3 }
level: high
`;
const { ruleSet, diagnostics } = ruleSetOf({ 'r.yml': RULES });

/** A store that gives ten at a time, and more than was asked for: what lies beside the rule is for the matcher to refuse. */
function storeOf(events: readonly Event[]) {
  const asked: EventSearch[] = [];
  return {
    asked,
    histogram: async (_: unknown, { fromMs, toMs, stepMs }: HistogramRequest) => {
      const buckets = Math.ceil((toMs - fromMs) / stepMs);
      expect(buckets).toBeLessThanOrEqual(1000);
      const counts = new Array<number>(buckets).fill(0);
      for (const { timeMs } of events)
        if (timeMs >= fromMs && timeMs < toMs) counts[Math.floor((timeMs - fromMs) / stepMs)]! += 1;
      return counts.map((count, at) => ({ fromMs: fromMs + at * stepMs, count }));
    },
    search: async (_: unknown, request: EventSearch) => {
      asked.push(request);
      const { fromMs = 0, toMs = Infinity, cursor = '0', order } = request;
      const found = events
        .filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs)
        .sort((a, b) => a.timeMs - b.timeMs);
      expect(order).toBe('oldest');
      const next = Number(cursor) + 10;
      return {
        ...{ items: found.slice(Number(cursor), next), total: found.length, totalExact: true },
        next: next < found.length ? String(next) : null,
      };
    },
  };
}
const failures = (user: string, ...times: number[]): Event[] =>
  times.map((timeMs, at) =>
    testEvent(
      timeMs + at,
      { 'event.module': 'test', 'event.outcome': 'failure', 'user.name': user },
      { id: `${user}-${at}`, timeMs },
    ),
  );
const other = testEvent(
  1,
  { 'event.module': 'test', 'event.outcome': 'success', 'user.name': 'li' },
  { timeMs: 5 },
);

function run(
  rule: string,
  events: readonly Event[],
  { toMs = 3 * DAY, signal = new AbortController().signal } = {},
) {
  const rules = ruleSet.alone(rule)!;
  const store = storeOf(events);
  const steps: number[] = [];
  const found = hunt(store, {
    ...{ scope: testScope(), rules, rule, query: ruleSet.queryOf(rule)!, fromMs: 0, toMs, signal },
    progress: (done) => steps.push(done),
  });
  return { found, steps, store };
}

describe('a retro-hunt', () => {
  it('judges what the store gives by the rule alone, by entity, and says how far it is', async () => {
    expect(diagnostics).toEqual([]);
    const events = [...failures('li', 1, 2, DAY + 5), ...failures('wang', 3), other];
    const { found, steps } = run('failure', events);
    expect(await found).toEqual({
      matches: 4,
      further: 0,
      reachedMs: 3 * DAY,
      groups: [
        {
          ...{ entity: { kind: 'user', value: 'li' }, matches: 3, samples: ['li-0', 'li-1', 'li-2'] },
          ...{ firstAt: '1970-01-01T00:00:00.001Z', lastAt: '1970-01-02T00:00:00.005Z' },
        },
        {
          ...{ entity: { kind: 'user', value: 'wang' }, matches: 1, samples: ['wang-0'] },
          ...{ firstAt: '1970-01-01T00:00:00.003Z', lastAt: '1970-01-01T00:00:00.003Z' },
        },
      ],
    });
    expect(steps).toEqual([5]);
  });

  it('is through at once where nothing is stored', async () => {
    const { found, store } = run('failure', []);
    expect(await found).toEqual({ matches: 0, groups: [], further: 0, reachedMs: 3 * DAY });
    expect(store.asked).toEqual([]);
  });

  it('asks again where the store gave a reading up, but not for ever', async () => {
    const rules = ruleSet.alone('failure')!;
    const store = storeOf(failures('li', 1));
    const failing = (times: number) => {
      let left = times;
      return {
        ...store,
        search: async (scope: never, request: EventSearch) => {
          if (left-- > 0) throw new FaultError(fault('query_too_slow', { seconds: 60 }));
          return store.search(scope, request);
        },
      };
    };
    const ask = (times: number) =>
      hunt(failing(times), {
        ...{
          scope: testScope(),
          rules,
          rule: 'failure',
          query: ruleSet.queryOf('failure')!,
          fromMs: 0,
          toMs: DAY,
        },
        ...{ signal: new AbortController().signal, progress: () => undefined },
      });
    expect((await ask(4)).matches).toBe(1);
    await expect(ask(5)).rejects.toThrow();
  });

  it('reads page after page', async () => {
    const { found } = run('failure', failures('li', ...Array.from({ length: 25 }, (_, at) => at)));
    expect((await found).matches).toBe(25);
  });

  it('replays a correlation, and counts its matches alone', async () => {
    const events = [...failures('li', 1000, 2000, 3000), ...failures('wang', 1000, 2 * 3_600_000, DAY)];
    const { found } = run('many', events);
    expect(await found).toMatchObject({ matches: 1, groups: [{ matches: 1 }] });
  });

  it('replays what was taken in long before the end of the hunt', async () => {
    const old = failures('li', 1000, 2000, 3000).map((event) => ({ ...event, ingestedMs: event.timeMs }));
    const { found } = run('many', old);
    expect(await found).toMatchObject({ matches: 1, groups: [{ matches: 1 }] });
  });

  it('goes by slices of events however dense they lie, and gives what whole ones have given when it is ended', async () => {
    const abort = new AbortController();
    const rules = ruleSet.alone('failure')!;
    const dense = Array.from({ length: 50_000 }, (_, at) => 1_000 + (at % 40));
    const events = [
      ...failures('li', 1),
      ...dense.map((timeMs, at) => ({ ...other, id: `o-${at}`, timeMs })),
      ...failures('wang', DAY),
    ];
    const steps: number[] = [];
    const store = storeOf(events);
    const found = await hunt(
      {
        ...store,
        search: async (scope, request) => ({
          ...(await store.search(scope, { ...request, cursor: '0' })),
          next: null,
        }),
      },
      {
        ...{
          scope: testScope(),
          rules,
          rule: 'failure',
          query: ruleSet.queryOf('failure')!,
          fromMs: 0,
          toMs: 3 * DAY,
        },
        signal: abort.signal,
        progress: (done, total) => {
          expect(total).toBe(50_002);
          steps.push(done);
          if (steps.length === 2) abort.abort();
        },
      },
    );
    expect(steps.every((step, at) => step - (steps[at - 1] ?? 0) <= 20_000)).toBe(true);
    expect([found.matches, found.groups[0]?.entity.value, found.reachedMs < 2_000]).toEqual([1, 'li', true]);
  });

  it('keeps what it found where the store is interrupted in the middle of a reading', async () => {
    const abort = new AbortController();
    const rules = ruleSet.alone('failure')!;
    const store = storeOf(failures('li', ...Array.from({ length: 25 }, (_, at) => at)));
    const found = await hunt(
      {
        ...store,
        search: async (scope, request) => {
          if (request.cursor === '10') abort.abort();
          request.signal?.throwIfAborted();
          return store.search(scope, request);
        },
      },
      {
        ...{ scope: testScope(), rules, rule: 'failure', query: ruleSet.queryOf('failure')! },
        ...{ fromMs: 0, toMs: DAY, signal: abort.signal, progress: () => undefined },
      },
    );
    expect([found.matches, found.reachedMs]).toEqual([10, 0]);
  });

  it('asks the store for no less than the rule', () => {
    const holds = compilePredicate(ruleSet.queryOf('many')!);
    expect(holds(failures('li', 1)[0]!.fields)).toBe(true);
  });
});
