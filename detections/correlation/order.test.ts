/** What must hold of any events in any order: arrival order is nothing, and a state that was kept is the state. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '#kernel/event.js';
import type { CorrelationChange } from '#kernel/schema/correlation.js';
import { at, base, correlation, feed, setOf, START, told } from './correlating.fixture.js';
import { Correlator, type Firing } from './correlator.js';

const rules = setOf(
  base('a'),
  base('b'),
  base('d'),
  correlation('n', 'type: event_count\nrules: [a, b]\ngroup-by: [host]\ncondition: { gte: 3 }'),
  correlation('r', 'type: event_count\nrules: [a]\ngroup-by: [host]\ncondition: { gte: 2, lt: 4 }'),
  correlation('v', 'type: value_count\nrules: [a]\ngroup-by: [host]\ncondition: { field: user, gt: 1 }'),
  correlation('s', 'type: value_sum\nrules: [a, b]\ngroup-by: [host]\ncondition: { field: n, gte: 9 }'),
  correlation('g', 'type: value_avg\nrules: [a]\ngroup-by: [host]\ncondition: { field: n, gt: 2 }'),
  correlation(
    'p',
    'type: value_percentile\nrules: [b]\ngroup-by: [host]\ncondition: { field: user, lt: 40 }',
  ),
  correlation('t', 'type: temporal\nrules: [a, b, d]\ngroup-by: [host]'),
  correlation('o', 'type: temporal_ordered\nrules: [a, b, d]\ngroup-by: [host]'),
  correlation('w', 'type: temporal\ngroup-by: [host]\ncondition: a and not d'),
  correlation('c', 'type: temporal_ordered\nrules: [n, d]\ngroup-by: [host]'),
);

/** Event times differ, for of the same time the one that was accepted first comes first. */
const events = fc
  .uniqueArray(
    fc.record({
      minute: fc.integer({ min: 0, max: 400 }).map((tenths) => tenths / 10),
      word: fc.constantFrom('a', 'b', 'd'),
      host: fc.constantFrom('h', 'g'),
      user: fc.constantFrom('x', 'y'),
      n: fc.integer({ min: 0, max: 5 }),
    }),
    { maxLength: 40, selector: ({ minute }) => minute },
  )
  .map((all) => all.map(({ minute, word, ...fields }) => at(minute, word, fields)));

const byTime = (all: readonly Event[]): Event[] => [...all].sort((x, y) => x.timeMs - y.timeMs);

function begin(): Correlator {
  const correlator = new Correlator(rules.correlations);
  correlator.tick(START + 3_600_000);
  return correlator;
}

/** By correlation and group: each match, and each event that any of them names. */
function summary(firings: readonly Firing[]) {
  const found = [...firings].map(told).sort();
  const named = new Set(
    firings.flatMap(({ definition, group, evidence }) =>
      // What an inner correlation had named before is not named again: that depends on the order.
      definition.correlation.rules.includes('n')
        ? []
        : evidence.map(({ id }) => `${definition.rule.id} ${group.values.join()} ${id}`),
    ),
  );
  return { found, named: [...named].sort() };
}

const minuteOf = ({ timeMs }: Event): number => (timeMs - START) / 60_000;
const wordsOf = (window: readonly Event[]): string => window.map(({ fields }) => fields['message']).join('');
const COUNTED_OUT: Readonly<Record<string, (window: readonly Event[], last: Event) => boolean>> = {
  n: (window, { fields }) => fields['message'] !== 'd' && wordsOf(window).replaceAll('d', '').length >= 3,
  v: (window, { fields }) =>
    fields['message'] === 'a' &&
    new Set(window.filter((one) => one.fields['message'] === 'a').map((one) => one.fields['user'])).size > 1,
  s: (window, { fields }) =>
    fields['message'] !== 'd' &&
    window.reduce((sum, one) => sum + (one.fields['message'] === 'd' ? 0 : Number(one.fields['n'])), 0) >= 9,
  t: (window) => ['a', 'b', 'd'].every((word) => wordsOf(window).includes(word)),
  o: (window) => /a.*b.*d$/.test(wordsOf(window)),
};

describe('correlations', () => {
  it('match the same in any order of arrival', () => {
    fc.assert(
      fc.property(
        events.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          const found = [byTime(all), shuffled].map((order) => {
            const correlator = begin();
            // Further apart than the allowed lateness, windows that are judged when they close may have closed.
            const rising = order.flatMap((event) => feed(correlator, rules, event));
            return summary(
              [...rising, ...correlator.end()].filter(({ definition }) => !settles(definition.rule.id)),
            );
          });
          expect(found[1]?.found).toEqual(found[0]?.found);
          // What comes late into a window that has matched is named by the next match.
          expect(found[0]?.named).toEqual(expect.arrayContaining(found[1]?.named ?? []));
        },
      ),
    );
  });

  it('match with each event whose window satisfies them, as counting it out says', () => {
    fc.assert(
      fc.property(events, (all) => {
        const ordered = byTime(all);
        const correlator = begin();
        const found = ordered.flatMap((event) => feed(correlator, rules, event)).map(told);
        const expected = ordered.flatMap((last) => {
          const window = ordered.filter(
            ({ timeMs, fields }) =>
              fields['host'] === last.fields['host'] &&
              timeMs <= last.timeMs &&
              timeMs >= last.timeMs - 600_000,
          );
          return Object.entries(COUNTED_OUT).flatMap(([name, holds]) =>
            holds(window, last) ? [`${name} ${String(last.fields['host'])} ${minuteOf(last)}`] : [],
          );
        });
        expect(found.filter((one) => one.split(' ')[0]! in COUNTED_OUT).sort()).toEqual(expected.sort());
      }),
    );
  });

  it('that are judged when their window closes wait for what is late', () => {
    fc.assert(
      fc.property(
        events,
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 40, maxLength: 40 }),
        (all, late) => {
          const ordered = byTime(all);
          const delayed = ordered
            .map((event, index) => ({ event, arrivedMs: event.timeMs + (late[index] ?? 0) * 60_000 }))
            .sort((x, y) => x.arrivedMs - y.arrivedMs)
            .map(({ event }) => event);
          const found = [ordered, delayed].map((order) => {
            const correlator = begin();
            const settled = order.flatMap((event) => feed(correlator, rules, event));
            return summary([...settled, ...correlator.end()]);
          });
          expect(found[1]?.found).toEqual(found[0]?.found);
        },
      ),
    );
  });

  it('go on from what judgements carry as if nothing had happened', () => {
    fc.assert(
      fc.property(
        fc.array(events, { minLength: 2, maxLength: 6 }),
        fc.nat(),
        fc.boolean(),
        (frames, cut, whole) => {
          const steps = frames.map((frame, index) => ({ frame, clockMs: START + (index + 1) * 7 * 60_000 }));
          const stop = cut % steps.length;
          const step = (correlator: Correlator, { frame, clockMs }: (typeof steps)[number]): Firing[] => [
            ...correlator.tick(clockMs),
            ...frame.flatMap((event) => feed(correlator, rules, { ...event, ingestedMs: clockMs })),
          ];
          const first = new Correlator(rules.correlations);
          const changes: CorrelationChange[] = [];
          for (const one of steps.slice(0, stop)) {
            step(first, one);
            const change = first.takeChange(true);
            if (change) changes.push(JSON.parse(JSON.stringify(change)) as CorrelationChange);
          }
          const second = new Correlator(rules.correlations);
          const withState = whole ? changes.findLastIndex(({ state }) => state !== undefined) : 0;
          second.restore(changes.slice(Math.max(0, withState)));
          for (const one of steps.slice(stop)) {
            const firings = step(first, one);
            expect(step(second, one)).toEqual(firings);
            expect(second.size).toBe(first.size);
          }
          expect(second.end()).toEqual(first.end());
        },
      ),
    );
  });
});

function settles(id: string): boolean {
  const { title } = rules.rules.find((rule) => rule.id === id)?.reference ?? { title: '' };
  return ['r', 'g', 'p', 'w'].includes(title.replace('Correlation ', ''));
}
