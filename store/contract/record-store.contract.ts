/** The conformance suite of the record store's port: memory, embedded and every later store pass it. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultError } from '#kernel/errors.js';
import type { CollectionName, Collections } from '#kernel/collections.js';
import type { RecordSearch, RecordStore } from '#kernel/ports/record-store.js';
import { ALL, and, anyOf, equals, not, type Query } from '#kernel/query/ast.js';
import { compilePredicate } from '#kernel/query/predicate.js';
import type { Scope } from '#kernel/scope.js';
import { SEVERITIES } from '#kernel/vocabulary.js';
import { testScope } from '#test/scope.js';
import { skipUnless } from '#test/skip.js';
import { flattenRecord } from '../record-fields.js';
import { bindRecordQuery } from '../record-request.js';
import { recordQueryArbitrary } from './queries.js';
import { alert, auditEntry, incident, user } from './records.js';

export interface RecordStoreUnderTest {
  readonly store: RecordStore;
  readonly reopen?: () => Promise<RecordStore>;
  readonly discard: () => Promise<void>;
}

export interface RecordStoreTraits {
  /** Why the store has no `reopen`; that test is skipped with it. */
  readonly forgets?: string;
}

export function recordStoreContract(
  name: string,
  create: () => Promise<RecordStoreUnderTest>,
  traits: RecordStoreTraits = {},
): void {
  describe(`record store contract: ${name}`, () => {
    const all = testScope({ realm: '*' });
    let under: RecordStoreUnderTest;
    let store: RecordStore;

    beforeEach(async () => {
      under = await create();
      store = under.store;
    });
    afterEach(() => under.discard());

    async function keep<C extends CollectionName>(collection: C, ...values: Collections[C][]): Promise<void> {
      const operations = values.map((value) => ({ kind: 'create' as const, collection, value }));
      const outcome = await store.write(all, operations as never);
      expect(outcome).toEqual({ ok: true, versions: values.map(() => 1) });
    }

    async function ids(scope: Scope, collection: CollectionName, request: RecordSearch): Promise<string[]> {
      const page = await store.search(scope, collection, request);
      return page.items.map((item) => item.value.id);
    }

    it('creates once, and reads its own write', async () => {
      await keep('alerts', alert({ id: 'alr_1', count: 3 }));
      expect(await store.get(all, 'alerts', 'alr_1')).toEqual({
        value: alert({ id: 'alr_1', count: 3 }),
        version: 1,
      });
      expect(await store.get(all, 'alerts', 'alr_2')).toBeUndefined();
      const again = await store.write(all, [
        { kind: 'create', collection: 'alerts', value: alert({ id: 'alr_1' }) },
      ]);
      expect(again).toEqual({ ok: false, reason: 'exists', at: 0 });
    });

    it('gives copies: changing one changes nothing that is kept', async () => {
      const mine = incident({ id: 'inc_1', alerts: ['alr_1'] });
      await keep('incidents', mine);
      mine.alerts.push('alr_2');
      const read = await store.get(all, 'incidents', 'inc_1');
      read?.value.alerts.push('alr_3');
      expect((await store.get(all, 'incidents', 'inc_1'))?.value.alerts).toEqual(['alr_1']);
    });

    it('replaces by compare-and-set: of two writers on one version, one wins', async () => {
      await keep('incidents', incident({ id: 'inc_1' }));
      const replace = (title: string): ReturnType<RecordStore['write']> =>
        store.write(all, [
          { kind: 'replace', collection: 'incidents', value: incident({ id: 'inc_1', title }), version: 1 },
        ]);
      const outcomes = await Promise.all([replace('a'), replace('b')]);
      expect(outcomes.filter((outcome) => outcome.ok)).toEqual([{ ok: true, versions: [2] }]);
      expect(outcomes.filter((outcome) => !outcome.ok)).toEqual([{ ok: false, reason: 'conflict', at: 0 }]);
      expect((await store.get(all, 'incidents', 'inc_1'))?.version).toBe(2);
    });

    it('removes, with or without a version', async () => {
      await keep('users', user({ id: 'usr_1' }), user({ id: 'usr_2' }));
      const remove = (id: string, version?: number): ReturnType<RecordStore['write']> =>
        store.write(all, [{ kind: 'remove', collection: 'users', id, ...(version && { version }) }]);
      expect(await remove('usr_1', 2)).toEqual({ ok: false, reason: 'conflict', at: 0 });
      expect(await remove('usr_1', 1)).toMatchObject({ ok: true });
      expect(await remove('usr_2')).toMatchObject({ ok: true });
      expect(await remove('usr_2')).toEqual({ ok: false, reason: 'absent', at: 0 });
      expect(await store.search(all, 'users', { query: ALL })).toEqual({ total: 0, items: [], next: null });
    });

    it('does a group whole or not at all, each operation seeing those before it', async () => {
      await keep('alerts', alert({ id: 'alr_1' }));
      const group = await store.write(all, [
        { kind: 'create', collection: 'alerts', value: alert({ id: 'alr_2' }) },
        { kind: 'remove', collection: 'alerts', id: 'alr_1' },
        { kind: 'create', collection: 'users', value: user({ id: 'usr_1' }) },
        { kind: 'replace', collection: 'alerts', value: alert({ id: 'alr_2', count: 9 }), version: 2 },
      ]);
      expect(group).toEqual({ ok: false, reason: 'conflict', at: 3 });
      expect(await ids(all, 'alerts', { query: ALL })).toEqual(['alr_1']);
      expect(await store.get(all, 'users', 'usr_1')).toBeUndefined();
      const sequel = await store.write(all, [
        { kind: 'create', collection: 'alerts', value: alert({ id: 'alr_2' }) },
        { kind: 'replace', collection: 'alerts', value: alert({ id: 'alr_2', count: 9 }), version: 1 },
        { kind: 'remove', collection: 'alerts', id: 'alr_1', version: 1 },
        { kind: 'create', collection: 'alerts', value: alert({ id: 'alr_1', count: 7 }) },
      ]);
      expect(sequel).toMatchObject({ ok: true });
      expect((await store.get(all, 'alerts', 'alr_2'))?.version).toBe(2);
      expect((await store.get(all, 'alerts', 'alr_1'))?.value.count).toBe(7);
      expect((await store.facets(all, 'alerts', { query: ALL, paths: ['status'] })).total).toBe(2);
    });

    it('keeps many groups that come at once apart', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          store.write(all, [
            { kind: 'create', collection: 'alerts', value: alert({ id: `alr_${index}` }) },
            // Every second group names a record that another one makes as well.
            { kind: 'create', collection: 'users', value: user({ id: `usr_${index >> 1}` }) },
          ]),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.ok).length).toBe(20);
      expect((await store.search(all, 'alerts', { query: ALL })).total).toBe(20);
      expect((await store.search(all, 'users', { query: ALL })).total).toBe(20);
    });

    it('pages by cursor without gaps or doubles while records come and change', async () => {
      const count = 30;
      await keep(
        'alerts',
        ...Array.from({ length: count }, (_, index) =>
          alert({ id: `alr_${String(index).padStart(2, '0')}`, severity: SEVERITIES[index % 5] as 'low' }),
        ),
      );
      for (const sort of [
        undefined,
        { path: 'severity', order: 'desc' as const },
        { path: 'raisedAt', order: 'asc' as const },
      ]) {
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.search(all, 'alerts', {
            query: not(equals('status', 'closed')),
            limit: 4,
            ...(sort && { sort }),
            ...(cursor && { cursor }),
          });
          expect(page.total).toBeGreaterThanOrEqual(count);
          seen.push(...page.items.map((item) => item.value.id));
          cursor = page.next ?? undefined;
          await keep('alerts', alert({ id: `zzz_${sort?.path}_${seen.length}`, severity: 'low' }));
        } while (cursor);
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.filter((id) => id.startsWith('alr_')).length).toBe(count);
      }
    });

    it('sorts: newest by id by default, severity by rank, absent first, ties by id', async () => {
      await keep(
        'incidents',
        incident({ id: 'inc_a', severity: 'low', closedAt: '2026-03-02T00:00:00.000Z' }),
        incident({ id: 'inc_b', severity: 'critical' }),
        incident({ id: 'inc_c', severity: 'high', closedAt: '2026-03-01T00:00:00.000Z' }),
        incident({ id: 'inc_d', severity: 'critical' }),
      );
      const by = (path: string, order: 'asc' | 'desc'): Promise<string[]> =>
        ids(all, 'incidents', { query: ALL, sort: { path, order } });
      expect(await ids(all, 'incidents', { query: ALL })).toEqual(['inc_d', 'inc_c', 'inc_b', 'inc_a']);
      expect(await by('severity', 'desc')).toEqual(['inc_d', 'inc_b', 'inc_c', 'inc_a']);
      expect(await by('severity', 'asc')).toEqual(['inc_a', 'inc_c', 'inc_b', 'inc_d']);
      expect(await by('closedAt', 'asc')).toEqual(['inc_b', 'inc_d', 'inc_c', 'inc_a']);
      expect(await by('closedAt', 'desc')).toEqual(['inc_a', 'inc_c', 'inc_d', 'inc_b']);
    });

    it('sorts and pages a collection by numbers and by absent values', async () => {
      await keep('audit', ...[10, 9, 100].map((index) => auditEntry({ id: `node/${index}`, index })));
      const sort = { path: 'index', order: 'asc' as const };
      const first = await store.search(all, 'audit', { query: ALL, sort, limit: 2 });
      expect(first.items.map((item) => item.value.index)).toEqual([9, 10]);
      const cursor = first.next ?? '';
      const second = await store.search(all, 'audit', { query: ALL, sort, limit: 2, cursor });
      expect(second.items.map((item) => item.value.index)).toEqual([100]);
      expect(second).toMatchObject({ total: 3, next: null });
      const above: Query = { kind: 'compare', path: 'index', op: 'gte', value: 10 };
      expect(await ids(all, 'audit', { query: above, sort })).toEqual(['node/10', 'node/100']);
    });

    it('counts facets: each value of a bag, absence as the empty string, most frequent first', async () => {
      await keep(
        'users',
        user({ id: 'usr_1', roles: ['analyst', 'lead'] }),
        user({ id: 'usr_2', roles: ['lead'] }),
        user({ id: 'usr_3', roles: [], enabled: false }),
      );
      expect(await store.facets(all, 'users', { query: ALL, paths: ['roles', 'enabled'] })).toEqual({
        total: 3,
        facets: {
          roles: [
            { value: 'lead', count: 2 },
            { value: '', count: 1 },
            { value: 'analyst', count: 1 },
          ],
          enabled: [
            { value: 'true', count: 2 },
            { value: 'false', count: 1 },
          ],
        },
      });
      await keep(
        'incidents',
        incident({ id: 'inc_1', alerts: ['alr_1', 'alr_2'] }),
        incident({ id: 'inc_2', alerts: ['alr_2'], assignee: 'usr_1' }),
        incident({ id: 'inc_3' }),
      );
      const { facets } = await store.facets(all, 'incidents', {
        query: not(equals('assignee', 'usr_1')),
        paths: ['alerts', 'assignee'],
        size: 2,
      });
      expect(facets).toEqual({
        alerts: [
          { value: '', count: 1 },
          { value: 'alr_1', count: 1 },
        ],
        assignee: [{ value: '', count: 2 }],
      });
      expect(await ids(all, 'incidents', { query: equals('alerts', 'ALR_2') })).toEqual(['inc_2', 'inc_1']);
    });

    it('picks values of what a query holds for, within the scope', async () => {
      await keep(
        'alerts',
        alert({ id: 'alr_1', groupKey: 'g1' }),
        alert({ id: 'alr_2', groupKey: 'g2', status: 'closed' }),
        alert({ id: 'alr_3', groupKey: 'g3', realm: 'drill:a' }),
      );
      await keep('users', user({ id: 'usr_1' }));
      const request = { query: equals('status', 'new'), paths: ['groupKey', 'assignee'] };
      const picked = await store.pick(all, 'alerts', request);
      expect([...picked].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { id: 'alr_1', values: ['g1', null] },
        { id: 'alr_3', values: ['g3', null] },
      ]);
      expect((await store.pick(testScope({ realm: 'live' }), 'alerts', request)).map(({ id }) => id)).toEqual(
        ['alr_1'],
      );
      expect(await store.pick(all, 'users', { query: ALL, paths: ['id'] })).toEqual([
        { id: 'usr_1', values: ['usr_1'] },
      ]);
      await expect(store.pick(all, 'alerts', { query: ALL, paths: ['first'] })).rejects.toMatchObject({
        fault: { code: 'invalid_query' },
      });
    });

    it('follows a replaced record in filters and facets', async () => {
      await keep('alerts', alert({ id: 'alr_1' }), alert({ id: 'alr_2' }));
      const value = alert({ id: 'alr_1', status: 'closed', disposition: 'false_positive' });
      await store.write(all, [{ kind: 'replace', collection: 'alerts', value, version: 1 }]);
      expect(await ids(all, 'alerts', { query: equals('status', 'new') })).toEqual(['alr_2']);
      const { facets } = await store.facets(all, 'alerts', { query: ALL, paths: ['disposition'] });
      expect(facets['disposition']).toEqual([
        { value: '', count: 1 },
        { value: 'false_positive', count: 1 },
      ]);
    });

    it('finds free text in what people name, not in times, secrets or copies of events', async () => {
      await keep(
        'alerts',
        alert({ id: 'alr_1', title: 'SSH Brute Force', host: 'Web-7' }),
        alert({ id: 'alr_2', rule: { id: 'ssh_login', version: '1', title: 'x', tags: [] } }),
      );
      const text = (word: string): Query => ({ kind: 'text', pattern: [{ text: word }] });
      expect(await ids(all, 'alerts', { query: text('ssh') })).toEqual(['alr_2', 'alr_1']);
      expect(await ids(all, 'alerts', { query: and(text('brute'), text('WEB-7')) })).toEqual(['alr_1']);
      expect(await ids(all, 'alerts', { query: text('hidden') })).toEqual([]);
      expect(await ids(all, 'alerts', { query: text('2026') })).toEqual([]);
      await keep('users', user({ id: 'usr_1', displayName: '王小明' }));
      expect(await ids(all, 'users', { query: text('小明') })).toEqual(['usr_1']);
      expect(await ids(all, 'users', { query: text('secret') })).toEqual([]);
    });

    it('refuses paths, sorts and facets that are not the collection’s, and foreign cursors', async () => {
      const code = (promise: Promise<unknown>): Promise<string> =>
        promise.then(
          () => 'none',
          (error: unknown) => (error as FaultError).fault.code,
        );
      const search = (request: RecordSearch): Promise<string> => code(store.search(all, 'users', request));
      expect(await search({ query: equals('passwordHash', 'x') })).toBe('invalid_query');
      expect(await search({ query: ALL, sort: { path: 'passwordHash', order: 'asc' } })).toBe(
        'invalid_query',
      );
      expect(await search({ query: { kind: 'regex', path: 'name', source: '(' } })).toBe('invalid_query');
      expect(await code(store.facets(all, 'users', { query: ALL, paths: ['passwordHash'] }))).toBe(
        'invalid_query',
      );
      expect(await search({ query: ALL, cursor: 'x' })).toBe('invalid_cursor');
      await keep('users', user({ id: 'usr_1' }), user({ id: 'usr_2' }));
      const { next } = await store.search(all, 'users', { query: ALL, limit: 1 });
      const sort = { path: 'name', order: 'asc' as const };
      expect(await search({ query: ALL, sort, cursor: next ?? '' })).toBe('invalid_cursor');
    });

    for (const collection of ['alerts', 'audit'] as const)
      it(`holds the scope in every method: ${collection}`, async () => {
        const places = [
          { unit: '/cn', realm: 'live', classification: 1 },
          { unit: '/cn/gd/sz', realm: 'live', classification: 2 },
          { unit: '/cn/gdx', realm: 'live', classification: 1 },
          { unit: '/cn/gd', realm: 'live', classification: 3 },
          { unit: '/cn/gd', realm: 'drill:a', classification: 1 },
        ] as const;
        const make = collection === 'alerts' ? alert : auditEntry;
        await keep(
          collection,
          ...(places.map((place, index) => make({ id: `r_${index}`, ...place })) as never[]),
        );
        const facet = collection === 'alerts' ? 'status' : 'result';
        const views: [Scope, string[]][] = [
          [testScope({ units: ['/cn/gd'] }), ['r_3', 'r_1']],
          [testScope({ units: ['/cn'], ceiling: 1 }), ['r_2', 'r_0']],
          [testScope({ units: ['/cn/gd/sz', '/cn/gdx'], ceiling: 2 }), ['r_2', 'r_1']],
          [testScope({ units: ['/'], realm: 'drill:a' }), ['r_4']],
          [testScope({ units: [] }), []],
        ];
        for (const [scope, seen] of views) {
          for (const query of [ALL, { kind: 'regex', path: 'id', source: '^r' } as const]) {
            const page = await store.search(scope, collection, { query });
            expect(page.items.map((item) => item.value.id)).toEqual(seen);
            expect(page.total).toBe(seen.length);
            const { total, facets } = await store.facets(scope, collection, { query, paths: [facet] });
            expect(total).toBe(seen.length);
            expect(facets[facet]?.[0]?.count ?? 0).toBe(seen.length);
          }
          for (const [index, place] of places.entries()) {
            const id = `r_${index}`;
            const visible = seen.includes(id);
            expect((await store.get(scope, collection, id)) !== undefined).toBe(visible);
            if (visible) continue;
            const replaced = await store.write(scope, [
              { kind: 'replace', collection, value: make({ id, ...place }), version: 1 } as never,
            ]);
            expect(replaced).toEqual({ ok: false, reason: 'out_of_scope', at: 0 });
            const removed = await store.write(scope, [{ kind: 'remove', collection, id }]);
            expect(removed).toEqual({ ok: false, reason: 'out_of_scope', at: 0 });
          }
        }
        const [narrow] = views[0] as [Scope, string[]];
        // Neither may a record be made outside, nor one be moved there.
        expect(
          await store.write(narrow, [
            { kind: 'create', collection, value: make({ id: 'r_9', unit: '/us' }) } as never,
          ]),
        ).toEqual({ ok: false, reason: 'out_of_scope', at: 0 });
        expect(
          await store.write(narrow, [
            { kind: 'replace', collection, value: make({ id: 'r_1', unit: '/us' }), version: 1 } as never,
          ]),
        ).toEqual({ ok: false, reason: 'out_of_scope', at: 0 });
        expect((await store.search(all, collection, { query: ALL })).total).toBe(places.length);
      });

    skipUnless(!traits.forgets, traits.forgets ?? 'no reason').it(
      'has everything after it is opened again',
      async () => {
        await keep('alerts', alert({ id: 'alr_1', host: 'a' }), alert({ id: 'alr_2', host: 'b' }));
        await keep('users', user({ id: 'usr_1' }));
        await store.write(all, [
          { kind: 'replace', collection: 'alerts', value: alert({ id: 'alr_1', host: 'c' }), version: 1 },
        ]);
        store = (await under.reopen?.()) as RecordStore;
        expect(await store.get(all, 'alerts', 'alr_1')).toEqual({
          value: alert({ id: 'alr_1', host: 'c' }),
          version: 2,
        });
        expect(await ids(all, 'alerts', { query: anyOf('host', ['a', 'c']) })).toEqual(['alr_1']);
        expect(await ids(all, 'users', { query: equals('name', 'USR_1') })).toEqual(['usr_1']);
        expect(await store.size()).toBeGreaterThan(0);
      },
    );

    const word = fc.string({
      unit: fc.constantFrom('a', 'A', 'b', '"', '%', '\u001f', 'İ', 'ς', 'Σ', '😀', '\ud83d', '1', '\u0000'),
      maxLength: 3,
    });
    const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
      fc.option(arbitrary, { nil: undefined });

    it('agrees with the predicate for any records and queries (alerts)', async () => {
      const record = fc.record({
        host: maybe(word),
        title: word,
        count: fc.constantFrom(1, 2, 11),
        severity: fc.constantFrom(...SEVERITIES),
        raisedAt: fc.constantFrom('2026-03-01T12:00:00.000Z', '2026-03-01T12:00:00Z', 'a'),
      });
      await agrees(
        'alerts',
        record.map((wish) => (id: string) => alert({ id, ...defined(wish) })),
      );
    }, 60_000);

    it('agrees with the predicate for any records and queries (users)', async () => {
      const record = fc.record({
        name: word,
        displayName: word,
        roles: fc.array(word as fc.Arbitrary<'viewer'>, { maxLength: 3 }),
        enabled: fc.boolean(),
      });
      await agrees(
        'users',
        record.map((wish) => (id: string) => user({ id, ...wish })),
      );
    }, 60_000);

    async function agrees<C extends 'alerts' | 'users'>(
      collection: C,
      make: fc.Arbitrary<(id: string) => Collections[C]>,
    ): Promise<void> {
      const paths =
        collection === 'alerts'
          ? ['host', 'title', 'count', 'severity', 'raisedAt', 'id']
          : ['name', 'displayName', 'roles', 'enabled', 'unit'];
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(make, { minLength: 1, maxLength: 8 }),
          fc.array(recordQueryArbitrary(paths), { minLength: 4, maxLength: 4 }),
          async (makers, queries) => {
            // Each run has a unit of its own, so that one store serves them all.
            const unit = `/run-${++run}`;
            const records = makers.map((maker, index) => ({ ...maker(`${run}-${index}`), unit }));
            await keep(collection, ...records);
            const scope = testScope({ units: [unit] });
            for (const query of queries) {
              const holds = compilePredicate(bindRecordQuery(collection, query));
              const hits = records.filter((record) => holds(flattenRecord(collection, record)));
              const wanted = hits.map((record) => record.id).sort();
              const page = await store.search(scope, collection, {
                query,
                sort: { path: 'id', order: 'asc' },
              });
              expect(page.items.map((item) => item.value.id)).toEqual(wanted);
              expect(page.total).toBe(wanted.length);
              const { total } = await store.facets(scope, collection, { query, paths: [] });
              expect(total).toBe(wanted.length);
            }
          },
        ),
        { numRuns: 60 },
      );
    }
  });
}

/** Without the properties that are undefined. */
function defined<T extends object>(wish: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as never;
}
