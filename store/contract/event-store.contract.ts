/** The conformance suite of the event store's port: memory, embedded and every later store pass it. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultError } from '#kernel/errors.js';
import type { Event, Fields } from '#kernel/event.js';
import type { EventStore } from '#kernel/ports/event-store.js';
import { ALL, anyOf, equals, not, or, type Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import { testScope } from '#test/scope.js';
import { skipUnless } from '#test/skip.js';
import { DAY_MS, frameMaker, NOON } from './frames.js';
import { fieldsArbitrary, queryArbitrary } from './queries.js';

export interface EventStoreUnderTest {
  readonly store: EventStore;
  /** Closes and opens it again over the same data; absent where data do not outlive the store. */
  readonly reopen?: () => Promise<EventStore>;
  readonly discard: () => Promise<void>;
}

export interface EventStoreTraits {
  /** Why the store has no `reopen`; that test is skipped with it. */
  readonly forgets?: string;
  /** Why the store stages nothing; that test is skipped with it. */
  readonly stagesNothing?: string;
  /** Documents of a property run; default 60 runs. */
  readonly propertyRuns?: number;
}

/** `create` makes an empty store whose counting stops at `countLimit`. */
export function eventStoreContract(
  name: string,
  create: (options: { countLimit: number }) => Promise<EventStoreUnderTest>,
  traits: EventStoreTraits = {},
): void {
  describe(`event store contract: ${name}`, () => {
    const all = testScope({ realm: '*' });
    let under: EventStoreUnderTest;
    let store: EventStore;

    beforeEach(async () => {
      under = await create({ countLimit: 100 });
      store = under.store;
    });
    afterEach(() => under.discard());

    const idsOf = (events: readonly Event[]): string[] => events.map((event) => event.id);

    it('keeps a frame once, however often it comes', async () => {
      const frame = frameMaker();
      const [one, two] = [frame([{}, {}]), frame([{}])];
      await store.append([one]);
      await store.append([one, two]);
      await store.append([one, two]);
      const page = await store.search(all, { query: ALL });
      expect(page.total).toBe(3);
      expect(idsOf(page.items)).toEqual(['evt_jrn_a_3', 'evt_jrn_a_2', 'evt_jrn_a_1']);
      expect(page.items[2]).toEqual(one.events[0]);
    });

    skipUnless(!traits.stagesNothing, traits.stagesNothing ?? 'no reason').it(
      'keeps what it staged as it keeps frames, once',
      async () => {
        const { staging } = store;
        if (!staging) throw new Error('this store offers no staging');
        const frame = frameMaker();
        const frames = [frame([{}, {}]), frame([{}], NOON + DAY_MS), frame([], NOON + DAY_MS)];
        const staged = frames.map((one) => staging.stage(one));
        expect(staged.map(({ number, firstSeq, events }) => [number, firstSeq, events])).toEqual([
          [1, 1, 2],
          [2, 3, 1],
          [3, 4, 0],
        ]);
        await staging.append(staged.slice(0, 1));
        await staging.append(staged);
        await store.append(frames);
        const page = await store.search(all, { query: ALL, order: 'oldest' });
        expect(page.items).toEqual(frames.flatMap((one) => one.events));
        expect(await store.highWater(frames[0]?.journal ?? '')).toBe(3);
      },
    );

    it('tells each journal’s high-water mark, over two days', async () => {
      const [a, b] = [frameMaker('jrn_a'), frameMaker('jrn_b')];
      expect(await store.highWater('jrn_a')).toBe(0);
      await store.append([a([{}]), a([{}], NOON + DAY_MS), b([], NOON + DAY_MS)]);
      expect(await store.highWater('jrn_a')).toBe(2);
      expect(await store.highWater('jrn_b')).toBe(1);
      expect((await store.days()).map(({ day, events }) => [day, events])).toEqual([
        ['2026-03-01', 1],
        ['2026-03-02', 1],
      ]);
    });

    it('orders by event time over days, ties by sequence, both ways', async () => {
      const frame = frameMaker();
      await store.append([
        frame([{ timeMs: NOON + 5 }, { timeMs: NOON + 1 }, { timeMs: NOON + 5 }]),
        // Late events: ingested a day later, happened before and between.
        frame([{ timeMs: NOON + 3 }, { timeMs: NOON - DAY_MS }], NOON + DAY_MS),
      ]);
      const newest = ['evt_jrn_a_3', 'evt_jrn_a_1', 'evt_jrn_a_4', 'evt_jrn_a_2', 'evt_jrn_a_5'];
      expect(idsOf((await store.search(all, { query: ALL })).items)).toEqual(newest);
      const oldest = await store.search(all, { query: ALL, order: 'oldest' });
      expect(idsOf(oldest.items)).toEqual([...newest].reverse());
    });

    for (const [kind, query] of [
      ['exact', ALL],
      ['judged by the predicate', { kind: 'regex', path: 'message', source: '^event \\d+$' }],
    ] as [string, Query][])
      it(`pages without gaps or doubles while new events come (${kind})`, async () => {
        const frame = frameMaker();
        const wishes = (count: number, base: number): { timeMs: number }[] =>
          Array.from({ length: count }, (_, index) => ({ timeMs: base + (index % 7) * 1000 }));
        await store.append([frame(wishes(40, NOON)), frame(wishes(40, NOON + 500), NOON + DAY_MS)]);
        const before = idsOf((await store.search(all, { query, limit: 1000 })).items);
        for (const order of ['newest', 'oldest'] as const) {
          const seen: string[] = [];
          let cursor: string | undefined;
          do {
            const page = await store.search(all, { query, order, limit: 7, ...(cursor && { cursor }) });
            seen.push(...idsOf(page.items));
            cursor = page.next ?? undefined;
            await store.append([frame([{ timeMs: NOON + 3000 }], NOON + DAY_MS)]);
          } while (cursor);
          expect(new Set(seen).size).toBe(seen.length);
          expect(before.filter((id) => !seen.includes(id))).toEqual([]);
        }
      });

    it('counts to its limit and says so', async () => {
      const frame = frameMaker();
      await store.append([frame(Array.from({ length: 100 }, () => ({})))]);
      expect(await store.search(all, { query: ALL, limit: 1 })).toMatchObject({
        total: 100,
        totalExact: true,
      });
      await store.append([frame([{}])]);
      const page = await store.search(all, { query: ALL, limit: 1 });
      expect(page).toMatchObject({ total: 100, totalExact: false });
      const second = await store.search(all, { query: ALL, limit: 1, cursor: page.next ?? '' });
      expect(second).toMatchObject({ total: 100, totalExact: false });
    });

    it('refuses cursors and limits that are not its own', async () => {
      const code = (promise: Promise<unknown>): Promise<string> =>
        promise.then(
          () => 'none',
          (error: unknown) => (error as FaultError).fault.code,
        );
      expect(await code(store.search(all, { query: ALL, cursor: 'nonsense' }))).toBe('invalid_cursor');
      expect(await code(store.search(all, { query: ALL, limit: 0 }))).toBe('invalid_request');
      expect(await code(store.search(all, { query: ALL, limit: 1001 }))).toBe('invalid_request');
      expect(await code(store.histogram(all, { query: ALL, fromMs: 0, toMs: 1001, stepMs: 1 }))).toBe(
        'invalid_request',
      );
      expect(await code(store.search(all, { query: { kind: 'regex', path: 'a', source: '(' } }))).toBe(
        'invalid_query',
      );
    });

    const places = [
      { unit: '/cn', realm: 'live', classification: 1 },
      { unit: '/cn/gd', realm: 'live', classification: 1 },
      { unit: '/cn/gd/sz', realm: 'live', classification: 2 },
      { unit: '/cn/gdx', realm: 'live', classification: 1 },
      { unit: '/cn/gd', realm: 'live', classification: 3 },
      { unit: '/cn/gd', realm: 'drill:a', classification: 1 },
    ] as const;
    const scopes: Record<string, { scope: ReturnType<typeof testScope>; sees: number[] }> = {
      'a subtree': { scope: testScope({ units: ['/cn/gd'] }), sees: [2, 3, 5] },
      'two subtrees': { scope: testScope({ units: ['/cn/gd/sz', '/cn/gdx'] }), sees: [3, 4] },
      'a ceiling': { scope: testScope({ units: ['/cn/gd'], ceiling: 2 }), sees: [2, 3] },
      'a drill': { scope: testScope({ units: ['/cn'], realm: 'drill:a' }), sees: [6] },
      'no unit': { scope: testScope({ units: [] }), sees: [] },
      'another unit': { scope: testScope({ units: ['/us'] }), sees: [] },
      'the machinery': { scope: all, sees: [1, 2, 3, 4, 5, 6] },
    };
    for (const [title, { scope, sees }] of Object.entries(scopes))
      it(`holds the scope in every method: ${title}`, async () => {
        const frame = frameMaker();
        await store.append([
          frame(places.map((place, index) => ({ ...place, fields: { n: index + 1, message: 'x' } }))),
        ]);
        const ids = sees.map((n) => `evt_jrn_a_${n}`);
        for (const query of [
          ALL,
          { kind: 'regex', path: 'message', source: 'x' },
          not(equals('n', 0)),
        ] as Query[]) {
          const page = await store.search(scope, { query, order: 'oldest' });
          expect(idsOf(page.items)).toEqual(ids);
          expect(page.total).toBe(sees.length);
          const buckets = await store.histogram(scope, {
            query,
            fromMs: NOON,
            toMs: NOON + 1000,
            stepMs: 1000,
          });
          expect(buckets).toEqual([{ fromMs: NOON, count: sees.length }]);
          const terms = await store.terms(scope, { query, path: 'n' });
          expect(terms.map((term) => term.value)).toEqual(sees.map(String));
        }
        for (let n = 1; n <= places.length; n++) {
          const found = await store.get(scope, `evt_jrn_a_${n}`);
          expect(found?.id).toBe(sees.includes(n) ? `evt_jrn_a_${n}` : undefined);
        }
      });

    it('takes the start of a time range in and leaves its end out', async () => {
      const frame = frameMaker();
      await store.append([frame([0, 1, 2, 3].map((offset) => ({ timeMs: NOON + offset })))]);
      const page = await store.search(all, { query: ALL, fromMs: NOON + 1, toMs: NOON + 3, order: 'oldest' });
      expect(idsOf(page.items)).toEqual(['evt_jrn_a_2', 'evt_jrn_a_3']);
      expect(page.total).toBe(2);
      const terms = await store.terms(all, { query: ALL, path: 'message', fromMs: NOON + 3 });
      expect(terms).toEqual([{ value: 'event 4', count: 1 }]);
    });

    const exactness: Record<string, { query: Query; fields: Fields[]; hits: number }> = {
      regex: {
        query: { kind: 'regex', path: 'process.command_line', source: '\\bwho(ami)?\\b', flags: 'i' },
        fields: [
          { 'process.command_line': 'cmd /c WHOAMI' },
          { 'process.command_line': 'whoamiX' },
          { 'process.command_line': 'who' },
        ],
        hits: 2,
      },
      'Turkish İ': {
        query: equals('user.name', 'İstanbul'),
        fields: [{ 'user.name': 'İSTANBUL' }, { 'user.name': 'istanbul' }, { 'user.name': 'i̇stanbul' }],
        hits: 1,
      },
      'final sigma': {
        query: { kind: 'contains', path: 'message', value: 'ΟΔΟΣ' },
        fields: [{ message: 'η οδος' }, { message: 'η οδοσ' }, { message: 'οδο' }],
        hits: 2,
      },
      'a bag': {
        query: equals('event.category', 'network'),
        fields: [
          { 'event.category': ['Network', 'intrusion_detection'] },
          { 'event.category': ['network'] },
          { 'event.category': 'network' },
          { 'event.category': ['networks', 'net'] },
        ],
        hits: 3,
      },
      'a bag that a negation leaves out': {
        query: not({ kind: 'wildcard', path: 'event.category', pattern: [{ text: 'net' }, { wild: '*' }] }),
        fields: [{ 'event.category': ['host', 'network'] }, { 'event.category': ['host', 'file'] }, {}],
        hits: 2,
      },
      'numbers as text': {
        query: anyOf('event.code', ['4624', 4625]),
        fields: [
          { 'event.code': 4624 },
          { 'event.code': '4624' },
          { 'event.code': '4625' },
          { 'event.code': 46240 },
        ],
        hits: 3,
      },
      'numbers as text in an untyped path': {
        query: equals('winlog.event_id', '4624'),
        fields: [
          { 'winlog.event_id': 4624 },
          { 'winlog.event_id': ['1', 4624], z: 1 },
          { 'winlog.event_id': '4624' },
          { 'winlog.event_id': 46240 },
          { 'winlog.event_id': 4624, z: 'x' },
        ],
        hits: 4,
      },
      'a network': {
        query: not({ kind: 'cidr', path: 'source.ip', network: '10.0.0.0/8' }),
        fields: [
          { 'source.ip': '10.1.2.3' },
          { 'source.ip': ['11.0.0.1', '10.0.0.1'] },
          { 'source.ip': '::1' },
          {},
        ],
        hits: 2,
      },
      'a comparison': {
        query: { kind: 'compare', path: 'bytes', op: 'gte', value: 10 },
        fields: [{ bytes: 10 }, { bytes: '11' }, { bytes: 9 }, { bytes: 'many' }, { bytes: true }],
        hits: 2,
      },
      'two paths': {
        query: { kind: 'fieldRef', path: 'user.name', other: 'target', op: 'equals' },
        fields: [
          { 'user.name': 'A', target: ['b', 'a'] },
          { 'user.name': 'a', target: 'b' },
          { target: 'a' },
        ],
        hits: 1,
      },
      'free text': {
        query: { kind: 'text', pattern: [{ text: 'Needle"\\' }, { wild: '?' }, { text: '杯' }] },
        fields: [{ 'x.y': 'hay nEEdle"\\😀杯 hay' }, { 'x.y': 'needle"\\杯' }, { 'needle"\\a杯': 'key' }],
        hits: 1,
      },
      'names that differ in case': {
        query: equals('User', 'root'),
        fields: [{ User: 'ROOT' }, { user: 'root' }, { User: 'other', user: 'root' }],
        hits: 1,
      },
      'cased text': {
        query: { kind: 'startsWith', path: 'process.command_line', value: 'Po', cased: true },
        fields: [{ 'process.command_line': 'PowerShell' }, { 'process.command_line': 'powershell' }],
        hits: 1,
      },
      'signs that engines trip over': {
        query: or(
          equals('message', 'a\u001fb'),
          equals('user.name', 'x\ud800'),
          equals('host.name', '100%_\\'),
          equals('url.path', 'nul\u0000'),
        ),
        fields: [
          { message: 'a\u001fb' },
          { message: ['a', 'b'] },
          { 'user.name': 'x\ud800' },
          { 'user.name': 'x\ufffd' },
          { 'host.name': '100%_\\' },
          { 'host.name': '100abc\\' },
          { 'url.path': 'nul\u0000' },
        ],
        hits: 4,
      },
    };
    for (const [title, { query, fields, hits }] of Object.entries(exactness))
      it(`answers exactly in search, histogram and terms: ${title}`, async () => {
        const frame = frameMaker();
        await store.append([
          frame(fields.map((bag, index) => ({ timeMs: NOON + index, fields: { ...bag, n: index } }))),
        ]);
        const holds = compilePredicate(query);
        const wanted = fields.flatMap((bag, index) => (holds({ ...bag, n: index }) ? [index] : []));
        expect(wanted.length).toBe(hits);
        const page = await store.search(all, { query, order: 'oldest' });
        expect(page.items.map((event) => event.fields['n'])).toEqual(wanted);
        expect([page.total, page.totalExact]).toEqual([hits, true]);
        const buckets = await store.histogram(all, {
          query,
          fromMs: NOON,
          toMs: NOON + fields.length,
          stepMs: 1,
        });
        expect(buckets.flatMap((bucket, index) => (bucket.count === 1 ? [index] : []))).toEqual(wanted);
        const terms = await store.terms(all, { query, path: 'n', size: 100 });
        expect(terms.map((term) => Number(term.value)).sort((a, b) => a - b)).toEqual(wanted);
      });

    it('counts buckets in order, empty ones included, over days', async () => {
      const frame = frameMaker();
      await store.append([
        frame([{ timeMs: NOON }, { timeMs: NOON + 2500 }]),
        frame([{ timeMs: NOON + 2999 }, { timeMs: NOON + 3500 }], NOON + DAY_MS),
      ]);
      expect(
        await store.histogram(all, { query: ALL, fromMs: NOON, toMs: NOON + 3500, stepMs: 1000 }),
      ).toEqual(
        [0, 0, 2, 0].map((count, index) => ({ fromMs: NOON + index * 1000, count: index === 0 ? 1 : count })),
      );
    });

    it('counts terms as they were written, most frequent first, ties by text, bags for each value', async () => {
      const frame = frameMaker();
      const bags: Fields[] = [
        { 'user.name': 'Root', 'x.tag': 'b' },
        { 'user.name': 'root', 'x.tag': ['b', 'a'] },
        { 'user.name': ['Root', 'Root', 'adm'], 'x.tag': 7 },
        {},
      ];
      await store.append([frame(bags.map((fields) => ({ fields })))]);
      expect(await store.terms(all, { query: ALL, path: 'user.name' })).toEqual([
        { value: 'Root', count: 2 },
        { value: 'adm', count: 1 },
        { value: 'root', count: 1 },
      ]);
      expect(await store.terms(all, { query: ALL, path: 'x.tag', size: 2 })).toEqual([
        { value: 'b', count: 2 },
        { value: '7', count: 1 },
      ]);
    });

    it('drops a day for good and says what went with it', async () => {
      const frame = frameMaker();
      await store.append([frame([{}, { timeMs: NOON - 5 }]), frame([{}], NOON + DAY_MS)]);
      const lost = await store.dropDay('2026-03-01');
      expect(lost).toMatchObject({ day: '2026-03-01', events: 2, minTimeMs: NOON - 5, maxTimeMs: NOON });
      expect(lost?.bytes).toBeGreaterThan(0);
      expect(await store.dropDay('2026-03-01')).toBeUndefined();
      expect((await store.search(all, { query: ALL })).total).toBe(1);
      expect(await store.get(all, 'evt_jrn_a_1')).toBeUndefined();
      expect(await store.highWater('jrn_a')).toBe(2);
    });

    it('stops when the caller goes away', async () => {
      await store.append([frameMaker()([{}])]);
      const signal = AbortSignal.abort();
      await expect(store.search(all, { query: ALL, signal })).rejects.toThrow(/abort/i);
    });

    skipUnless(!traits.forgets, traits.forgets ?? 'no reason').it(
      'has everything after it is opened again',
      async () => {
        const frame = frameMaker();
        const frames = [frame([{}, {}]), frame([{ timeMs: NOON - 9 }], NOON + DAY_MS)];
        await store.append(frames);
        store = (await under.reopen?.()) as EventStore;
        await store.append(frames);
        expect((await store.search(all, { query: ALL })).total).toBe(3);
        expect(await store.highWater('jrn_a')).toBe(2);
        expect((await store.days()).map((day) => [day.events, day.minTimeMs])).toEqual([
          [2, NOON],
          [1, NOON - 9],
        ]);
      },
    );

    it('agrees with the predicate for any events and queries', async () => {
      const journals = new Map<string, Fields[]>();
      let runs = 0;
      const scope = testScope({ units: ['/cn'] });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fieldsArbitrary, { minLength: 1, maxLength: 12 }),
          fc.array(queryArbitrary, { minLength: 4, maxLength: 4 }),
          async (bags, queries) => {
            // Each run has an hour of its own, so that one store serves them all.
            const base = NOON - 1000 * 3_600_000 + ++runs * 3_600_000;
            journals.set(`jrn_${runs}`, bags);
            await store.append([
              frameMaker(`jrn_${runs}`)(
                bags.map((fields, index) => ({ unit: '/cn', timeMs: base + index, fields })),
              ),
            ]);
            for (const query of queries) {
              const holds = compilePredicate(query);
              const wanted = bags.flatMap((fields, index) => (holds(fields) ? [index] : []));
              const range = { fromMs: base, toMs: base + bags.length };
              const page = await store.search(scope, { query, ...range, order: 'oldest' });
              expect(page.items.map((event) => event.timeMs - base)).toEqual(wanted);
              expect(page.items.map((event) => event.fields)).toEqual(wanted.map((index) => bags[index]));
              const buckets = await store.histogram(scope, { query, ...range, stepMs: 1 });
              expect(buckets.flatMap((bucket, index) => (bucket.count === 1 ? [index] : []))).toEqual(wanted);
            }
          },
        ),
        { numRuns: traits.propertyRuns ?? 60 },
      );
    }, 60_000);
  });
}
