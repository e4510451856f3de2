import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditNote } from '#kernel/ports/audit-log.js';
import type { RecordStore, WriteOperation } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import type { AuditEntry } from '#kernel/schema/account.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import { openAuditLog } from './audit-log.js';
import { verifyEntries } from './verify.js';

const everything = testScope({ realm: '*' });
const clock = { nowMs: () => Date.UTC(2026, 0, 1) };
const note = (action: string, change: Partial<AuditNote> = {}): AuditNote => ({
  actor: { kind: 'user', id: 'usr_1', name: 'lin', address: '192.0.2.1' },
  action,
  target: 'settings/a',
  ...change,
});
const setting = (id: string, value = '1', unit = '/cn/gd') =>
  ({ id, unit, realm: 'live', classification: 1, value }) as const;
const create = (id: string, unit?: string): WriteOperation => ({
  kind: 'create',
  collection: 'settings',
  value: setting(id, '1', unit),
});

async function entriesOf(records: RecordStore): Promise<AuditEntry[]> {
  const page = await records.search(everything, 'audit', {
    query: ALL,
    sort: { path: 'index', order: 'asc' },
    limit: 1000,
  });
  return page.items.map(({ value }) => value);
}

describe('audit log', () => {
  it('writes the change and its entries in one group, whose outcome is that of the change', async () => {
    const records = createMemoryRecordStore();
    const log = await openAuditLog({ records, clock, node: 'n1' });
    expect(await log.write(everything, [create('a')], [note('a.made'), note('a.told')])).toEqual({
      ok: true,
      versions: [1],
    });
    expect(await log.write(everything, [create('b'), create('a')], [note('b.made')])).toEqual({
      ok: false,
      reason: 'exists',
      at: 1,
    });
    await log.note(note('c.refused', { result: 'refused' }));
    const entries = await entriesOf(records);
    expect(entries.map(({ id, action }) => [id, action])).toEqual([
      ['n1/000000000000', 'a.made'],
      ['n1/000000000001', 'a.told'],
      ['n1/000000000002', 'c.refused'],
    ]);
    expect(await records.get(everything, 'settings', 'b')).toBeUndefined();
  });

  it('is the RFC 8785 bytes of its fields as an RFC 6962 leaf', async () => {
    const records = createMemoryRecordStore();
    const log = await openAuditLog({ records, clock, node: 'n1' });
    await log.note(note('a.made', { detail: { z: 1, a: null } }));
    const [entry] = await entriesOf(records);
    expect(entry?.bytes).toBe(
      '{"action":"a.made","actor":"usr_1","actorName":"lin","address":"192.0.2.1","at":"2026-01-01T00:00:00.000Z","classification":1,"detail":{"a":null,"z":1},"id":"n1/000000000000","index":0,"node":"n1","realm":"live","result":"done","target":"settings/a","unit":"/"}',
    );
    expect(entry?.leaf).toBe(createHash('sha256').update(`\0${entry?.bytes}`).digest('hex'));
  });

  it('leaves no gap under many writers at once, and goes on after a restart', async () => {
    const records = createMemoryRecordStore();
    const log = await openAuditLog({ records, clock, node: 'n1' });
    await Promise.all([
      ...Array.from({ length: 60 }, (_, i) =>
        log.write(everything, [create(`s${i % 40}`)], [note('s.made')]),
      ),
      ...Array.from({ length: 300 }, () => log.note(note('seen'))),
    ]);
    const again = await openAuditLog({ records, clock, node: 'n1' });
    await again.note(note('last'));
    const entries = await entriesOf(records);
    expect(entries).toHaveLength(40 + 300 + 1);
    expect(verifyEntries(entries, { from: 0 })).toEqual({ checked: 341, problems: [] });
  });

  it('finds its place again where the store threw, whether it had written or not', async () => {
    const records = createMemoryRecordStore();
    let fails: 'before' | 'after' | undefined;
    const log = await openAuditLog({
      clock,
      node: 'n1',
      records: {
        ...records,
        async write(...args) {
          if (fails === 'before') throw new Error('full');
          const outcome = await records.write(...args);
          if (fails === 'after') throw new Error('cut off');
          return outcome;
        },
      },
    });
    for (const moment of ['before', 'after'] as const) {
      fails = moment;
      await expect(log.note(note('x'))).rejects.toThrow();
      fails = undefined;
      await log.note(note('y'));
    }
    const entries = await entriesOf(records);
    expect(entries.map(({ action }) => action)).toEqual(['y', 'x', 'y']);
    expect(verifyEntries(entries, { from: 0 }).problems).toEqual([]);
  });

  it('holds the change against the scope of the caller, though its entry lies at the top', async () => {
    const records = createMemoryRecordStore();
    const log = await openAuditLog({ records, clock, node: 'n1' });
    await records.write(everything, [create('near'), create('far', '/cn/hn')]);
    const scope = testScope({ units: ['/cn/gd'] });
    const replace = (id: string, version: number, unit?: string): WriteOperation => ({
      kind: 'replace',
      collection: 'settings',
      value: setting(id, '2', unit),
      version,
    });
    const cases: [WriteOperation, object][] = [
      [create('new', '/cn/hn'), { ok: false, reason: 'out_of_scope', at: 0 }],
      [replace('far', 1), { ok: false, reason: 'absent', at: 0 }],
      [replace('near', 1, '/cn/hn'), { ok: false, reason: 'out_of_scope', at: 0 }],
      [replace('near', 9), { ok: false, reason: 'conflict', at: 0 }],
      [
        { kind: 'remove', collection: 'settings', id: 'far' },
        { ok: false, reason: 'absent', at: 0 },
      ],
      [replace('near', 1), { ok: true, versions: [2] }],
    ];
    for (const [operation, outcome] of cases)
      expect(await log.write(scope, [operation], [note('x')])).toEqual(outcome);
    expect(await entriesOf(records)).toHaveLength(1);
  });

  it('takes hostile text', async () => {
    const records = createMemoryRecordStore();
    const log = await openAuditLog({ records, clock, node: 'n1' });
    const actor = { kind: 'user', id: 'unknown', name: '\ud83d\u0000"\n' + 'x'.repeat(9000) } as const;
    await log.note(note('session.refused', { actor, detail: { n: NaN } }));
    const entries = await entriesOf(records);
    expect(entries[0]?.actorName).toHaveLength(2000);
    expect(verifyEntries(entries).problems).toEqual([]);
  });
});

describe('verification', () => {
  const made = async () => {
    const records = createMemoryRecordStore();
    const log = await openAuditLog({ records, clock, node: 'n1' });
    for (let i = 0; i < 6; i += 1) await log.note(note(`a${i}`, { detail: { i } }));
    return entriesOf(records);
  };

  it('finds any single field that was changed', async () => {
    const entries = await made();
    const fields = [
      'at',
      'actor',
      'actorName',
      'address',
      'action',
      'target',
      'result',
      'unit',
      'bytes',
      'leaf',
      'id',
    ];
    fc.assert(
      fc.property(fc.nat(5), fc.constantFrom(...fields), (at, field) => {
        const forged = entries.map((entry, i) => (i === at ? { ...entry, [field]: 'forged' } : entry));
        expect(verifyEntries(forged).problems).toMatchObject([{ node: 'n1', index: at }]);
      }),
    );
  });

  it('finds what is missing, doubled or out of order', async () => {
    const [a, b, c, d] = (await made()) as [AuditEntry, AuditEntry, AuditEntry, AuditEntry];
    const problems = (...entries: AuditEntry[]) =>
      verifyEntries(entries, { from: 0 }).problems.map((p) => [p.index, p.problem]);
    expect(problems(a, b, d)).toEqual([[3, 'gap']]);
    expect(problems(b, c)).toEqual([[1, 'gap']]);
    expect(problems(a, b, b, c)).toEqual([[1, 'order']]);
    expect(problems(a, c, b, d)).toEqual([
      [2, 'gap'],
      [1, 'order'],
    ]);
    expect(verifyEntries([c, d]).problems).toEqual([]);
  });
});
