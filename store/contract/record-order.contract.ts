/** The part of the record store's suite on orders of several paths and on groups. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectionName, Collections } from '#kernel/collections.js';
import type { RecordGroup, RecordGrouping, RecordStore, SortBy } from '#kernel/ports/record-store.js';
import { ALL, equals, not } from '#kernel/query/ast.js';
import type { Alert } from '#kernel/schema/alert.js';
import { OUTCOMES, SEVERITIES } from '#kernel/vocabulary.js';
import { testScope } from '#test/scope.js';
import type { RecordStoreUnderTest } from './record-store.contract.js';
import { alert, auditEntry, user } from './records.js';

const TRIAGE: readonly SortBy[] = [
  { path: 'outcome', order: 'desc' },
  { path: 'severity', order: 'desc' },
  { path: 'lastEventAt', order: 'desc' },
];

export function recordOrderContract(name: string, create: () => Promise<RecordStoreUnderTest>): void {
  describe(`record store contract, orders and groups: ${name}`, () => {
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
      expect(await store.write(all, operations as never)).toMatchObject({ ok: true });
    }

    const at = (day: number): string => `2026-03-0${day}T00:00:00.000Z`;

    it('sorts by several paths: what succeeded first, then by severity, then the newest', async () => {
      await keep(
        'alerts',
        alert({ id: 'a', outcome: 'attempted', severity: 'critical', lastEventAt: at(1) }),
        alert({ id: 'b', outcome: 'unknown', severity: 'critical', lastEventAt: at(2) }),
        alert({ id: 'c', outcome: 'succeeded', severity: 'low', lastEventAt: at(1) }),
        alert({ id: 'd', outcome: 'compromised', severity: 'low', lastEventAt: at(1) }),
        alert({ id: 'e', outcome: 'compromised', severity: 'high', lastEventAt: at(1) }),
        alert({ id: 'f', outcome: 'compromised', severity: 'high', lastEventAt: at(3) }),
        alert({ id: 'g', outcome: 'attempted', severity: 'critical', lastEventAt: at(2) }),
      );
      const page = await store.search(all, 'alerts', { query: ALL, sort: TRIAGE });
      expect(page.items.map(({ value }) => value.id)).toEqual(['f', 'e', 'd', 'c', 'g', 'b', 'a']);
    });

    it.each([
      ['alerts', TRIAGE],
      [
        'alerts',
        [
          { path: 'severity', order: 'asc' },
          { path: 'count', order: 'desc' },
        ],
      ],
      [
        'audit',
        [
          { path: 'at', order: 'desc' },
          { path: 'index', order: 'asc' },
        ],
      ],
      [
        'users',
        [
          { path: 'createdAt', order: 'asc' },
          { path: 'id', order: 'desc' },
        ],
      ],
    ] as const)(
      'pages %s through an order of several paths without gaps or doubles',
      async (collection, sort) => {
        const count = 30;
        const records = Array.from({ length: count }, (_, index) => {
          const id = `r_${String((index * 7) % count).padStart(2, '0')}`;
          if (collection === 'audit') return auditEntry({ id, index: index % 7, at: at(1 + (index % 3)) });
          if (collection === 'users') return user({ id, createdAt: at(1 + (index % 3)) });
          const [severity, outcome] = [SEVERITIES[index % 5], OUTCOMES[index % 4]] as ['low', 'unknown'];
          return alert({ id, severity, outcome, count: 1 + (index % 3), lastEventAt: at(1 + (index % 2)) });
        });
        await keep(collection, ...(records as never[]));
        const whole = await store.search(all, collection, { query: ALL, sort, limit: 100 });
        const seen: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.search(all, collection, {
            ...{ query: ALL, sort, limit: 4 },
            ...(cursor && { cursor }),
          });
          seen.push(...page.items.map(({ value }) => value.id));
          cursor = page.next ?? undefined;
        } while (cursor);
        expect(seen).toEqual(whole.items.map(({ value }) => value.id));
        expect(new Set(seen).size).toBe(count);
      },
    );

    it('refuses a cursor of another order, and an order of more than four paths', async () => {
      await keep('alerts', alert({ id: 'a' }), alert({ id: 'b' }));
      const { next } = await store.search(all, 'alerts', { query: ALL, sort: TRIAGE, limit: 1 });
      const refused = (sort: readonly SortBy[], cursor = next ?? '') =>
        expect(store.search(all, 'alerts', { query: ALL, sort, cursor })).rejects.toMatchObject({
          fault: { code: sort.length > 4 ? 'invalid_request' : 'invalid_cursor' },
        });
      await refused(TRIAGE.slice(0, 2));
      await refused([...TRIAGE.slice(0, 2), { path: 'lastEventAt', order: 'asc' }]);
      await refused([...TRIAGE, ...TRIAGE]);
    });

    const FIGURES: RecordGrouping['figures'] = [
      { of: 'sum', path: 'count' },
      { of: 'greatest', path: 'severity' },
      { of: 'greatest', path: 'outcome' },
      { of: 'least', path: 'firstEventAt' },
      { of: 'greatest', path: 'lastEventAt' },
    ];

    it('groups with exact figures, the newest record and some ids', async () => {
      await keep(
        'alerts',
        alert({ id: 'a', host: 'web', count: 2, severity: 'low', outcome: 'attempted', firstEventAt: at(3) }),
        alert({ id: 'b', host: 'web', count: 5, severity: 'high', outcome: 'unknown', firstEventAt: at(1) }),
        alert({ id: 'c', host: 'web', count: 1, severity: 'medium', title: 'Newest', firstEventAt: at(2) }),
        alert({ id: 'd', host: 'db', outcome: 'compromised', severity: 'critical', firstEventAt: at(4) }),
        alert({ id: 'e', count: 9 }),
        alert({ id: 'f', host: 'web', status: 'closed', severity: 'critical' }),
      );
      const query = not(equals('status', 'closed'));
      const page = await store.groups(all, 'alerts', {
        ...{ query, by: ['host'], figures: FIGURES, newest: ['title', 'host'], ids: 2 },
      });
      expect(page).toMatchObject({ total: 5, groups: 3, next: null });
      expect(page.items.map(({ values, count, ids }) => [values, count, ids])).toEqual([
        [['web'], 3, ['c', 'b']],
        [[null], 1, ['e']],
        [['db'], 1, ['d']],
      ]);
      expect(page.items[0]).toMatchObject({
        figures: [8, 'high', 'unknown', at(1), '2026-03-01T12:00:00.000Z'],
        newest: ['Newest', 'web'],
      });
      const worst = await store.groups(all, 'alerts', {
        ...{ query, by: ['host'], figures: FIGURES },
        sort: [
          { figure: { of: 'greatest', path: 'outcome' }, order: 'desc' },
          { figure: { of: 'greatest', path: 'severity' }, order: 'desc' },
        ],
      });
      expect(worst.items.map(({ values }) => values[0])).toEqual(['db', 'web', null]);
      expect(worst.items[0]).toMatchObject({ newest: [], ids: [] });
    });

    it('groups by bags and by other collections, within the scope', async () => {
      await keep(
        'users',
        user({ id: 'usr_1', roles: ['analyst', 'lead'] }),
        user({ id: 'usr_2', roles: ['analyst', 'lead'], enabled: false }),
        user({ id: 'usr_3', roles: [] }),
        user({ id: 'usr_4', roles: ['lead'], unit: '/cn' }),
      );
      const by = async (paths: string[], scope = all) =>
        (await store.groups(scope, 'users', { query: ALL, by: paths })).items.map(
          ({ values, count }: RecordGroup) => [...values, count],
        );
      expect(await by(['roles'])).toEqual([
        [['analyst', 'lead'], 2],
        [null, 1],
        ['lead', 1],
      ]);
      expect(await by(['enabled', 'unit'], testScope({ units: ['/cn'] }))).toEqual([[true, '/cn', 1]]);
    });

    it('refuses what cannot be grouped by, and figures, orders and cursors that do not belong', async () => {
      await keep('alerts', alert({ id: 'a', host: 'x' }), alert({ id: 'b', host: 'y' }));
      const code = async (request: Partial<RecordGrouping>): Promise<string> =>
        store.groups(all, 'alerts', { query: ALL, by: ['host'], ...request }).then(
          () => 'none',
          (error: unknown) => (error as { fault: { code: string } }).fault.code,
        );
      const { next } = await store.groups(all, 'alerts', { query: ALL, by: ['host'], limit: 1 });
      expect(await code({ cursor: next ?? '' })).toBe('none');
      expect(await code({ by: ['title'] })).toBe('invalid_query');
      expect(await code({ by: ['id'] })).toBe('invalid_query');
      expect(await code({ by: [] })).toBe('invalid_request');
      expect(await code({ figures: [{ of: 'sum', path: 'first' }] })).toBe('invalid_query');
      expect(await code({ newest: ['first'] })).toBe('invalid_query');
      expect(await code({ ids: 101 })).toBe('invalid_request');
      expect(await code({ sort: [{ figure: { of: 'sum', path: 'count' }, order: 'asc' }] })).toBe(
        'invalid_request',
      );
      expect(await code({ by: ['user'], cursor: next ?? '' })).toBe('invalid_cursor');
    });

    it('agrees with counting one by one, page for page, for any records', async () => {
      const record = fc.record({
        host: fc.constantFrom('a', 'b', 'ü', '1'),
        user: fc.constantFrom('x', 'y'),
        severity: fc.constantFrom(...SEVERITIES),
        outcome: fc.constantFrom(...OUTCOMES),
        count: fc.integer({ min: 1, max: 4 }),
        lastEventAt: fc.constantFrom(at(1), at(2)),
      });
      const figure = { of: 'greatest', path: 'outcome' } as const;
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(record, { minLength: 1, maxLength: 24 }),
          fc.constantFrom(['host'], ['severity', 'host'], ['user', 'host', 'outcome']),
          async (wishes, by) => {
            const unit = `/run-${++run}`;
            const alerts = wishes.map((wish, index) => alert({ id: `${run}-${index}`, unit, ...wish }));
            await keep('alerts', ...alerts);
            const found: RecordGroup[] = [];
            let cursor: string | undefined;
            do {
              const page = await store.groups(testScope({ units: [unit] }), 'alerts', {
                ...{ query: ALL, by, figures: [{ of: 'sum', path: 'count' }, figure], ids: 100, limit: 2 },
                sort: [{ figure, order: 'desc' }],
                ...(cursor && { cursor }),
              });
              expect(page.total).toBe(alerts.length);
              found.push(...page.items);
              cursor = page.next ?? undefined;
            } while (cursor);
            expect(found.flatMap(({ ids }) => ids).sort()).toEqual(alerts.map(({ id }) => id).sort());
            for (const { ids, count, figures, values } of found) {
              const members = alerts.filter(({ id }) => ids.includes(id));
              const keyOf = (one: Alert) => by.map((path) => one[path as 'host']);
              expect(members.every((one) => String(keyOf(one)) === String(values))).toBe(true);
              expect([count, figures[0]]).toEqual([
                members.length,
                members.reduce((sum, one) => sum + one.count, 0),
              ]);
            }
            const ranks = found.map(({ figures }) =>
              ['compromised', 'succeeded', 'unknown', 'attempted'].indexOf(String(figures[1])),
            );
            const urgency = ranks.map((rank) => Math.min(rank, 2));
            expect(urgency).toEqual([...urgency].sort());
          },
        ),
        { numRuns: 40 },
      );
    }, 60_000);
  });
}
