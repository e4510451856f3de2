import { describe, expect, it } from 'vitest';
import type { Answer } from '$lib/api/answer.js';
import type { QueryFields } from '$lib/api/client.js';
import type { AlertRow } from '$lib/api/types.js';
import { AlertActions } from './actions.svelte.js';
import { readFilters } from './filters.js';
import { AlertQueue } from './queue.svelte.js';

const row = (id: string, version = 1, more: Partial<AlertRow> = {}) =>
  ({ id, version, status: 'new', title: id, ...more }) as unknown as AlertRow;
const filters = readFilters(new URLSearchParams());

/** A server of rows, newest first, in pages of three. */
class Door {
  rows: AlertRow[] = [];
  asked: { method: string; path: string; body?: unknown }[] = [];
  fails = false;

  get = async <T>(path: string, query: QueryFields = {}): Promise<Answer<T>> => {
    this.asked.push({ method: 'GET', path });
    if (this.fails)
      return {
        ok: false,
        problem: { type: '', title: '', status: 503, code: 'store_unavailable', remedy: '' },
      };
    if (path !== '/alerts') return { ok: true, value: this.rows.find((one) => path.endsWith(one.id)) as T };
    const from = Number(query.cursor ?? 0);
    const items = this.rows.slice(from, from + 3);
    const next = from + 3 < this.rows.length ? String(from + 3) : null;
    return { ok: true, value: { total: this.rows.length, items, next, facets: {} } as T };
  };
}
const ids = (rows: readonly AlertRow[]) => rows.map((one) => one.id).join('');

async function loaded(letters: string) {
  const door = new Door();
  door.rows = [...letters].map((id) => row(id));
  const queue = new AlertQueue(door as never);
  await queue.load(filters);
  return { door, queue };
}

describe('the alert queue', () => {
  it('reads page after page', async () => {
    const { queue } = await loaded('abcde');
    expect([ids(queue.rows), queue.total, queue.hasMore]).toEqual(['abc', 5, true]);
    await queue.more();
    expect([ids(queue.rows), queue.hasMore]).toEqual(['abcde', false]);
  });

  it('lets new alerts wait, and keeps rows in their places', async () => {
    const { door, queue } = await loaded('abc');
    queue.move(1);
    door.rows = [row('n'), row('c', 2, { status: 'closed' }), row('a'), row('b')];
    await queue.refresh();
    expect(ids(queue.rows)).toBe('abc');
    expect(queue.rows[2]?.status).toBe('closed');
    expect(ids(queue.waiting)).toBe('n');
    await queue.showWaiting();
    expect(ids(queue.rows)).toBe('nca');
    expect(queue.waiting).toEqual([]);
    expect(queue.current?.id).toBe('a');
  });

  it('tells of new alerts that stand below the first page, also where others were closed', async () => {
    const { door, queue } = await loaded('abcde');
    door.rows = 'abcd'.split('').map((id) => row(id));
    await queue.refresh();
    expect(queue.came).toBe(0);
    door.rows = 'abcdnm'.split('').map((id) => row(id));
    await queue.refresh();
    expect([queue.came, ids(queue.waiting), ids(queue.rows)]).toEqual([2, '', 'abc']);
  });

  it('renews a changed row beyond the first page by itself', async () => {
    const { door, queue } = await loaded('abcde');
    await queue.more();
    door.rows[4] = row('e', 7, { status: 'on_hold' });
    await queue.refresh(new Set(['e', 'stranger']));
    expect(queue.rows[4]?.status).toBe('on_hold');
    expect(door.asked.filter(({ path }) => path !== '/alerts').map(({ path }) => path)).toEqual([
      '/alerts/e',
    ]);
  });

  it('does not let an older version overwrite a newer one', async () => {
    const { queue } = await loaded('a');
    queue.renew([row('a', 5, { status: 'closed' })]);
    queue.renew([row('a', 4)]);
    expect(queue.rows[0]?.status).toBe('closed');
  });

  it('fills an empty queue without being asked', async () => {
    const { door, queue } = await loaded('');
    door.rows = [row('a')];
    await queue.refresh();
    expect(ids(queue.rows)).toBe('a');
  });

  it('keeps what it shows when the server fails', async () => {
    const { door, queue } = await loaded('abc');
    door.fails = true;
    await queue.load(filters);
    expect([ids(queue.rows), queue.problem?.code]).toEqual(['abc', 'store_unavailable']);
  });

  it('moves within its rows and selects ranges', async () => {
    const { queue } = await loaded('abc');
    queue.move(-1);
    expect(queue.at).toBe(0);
    queue.move(9);
    expect(queue.at).toBe(2);
    queue.toggle('a');
    queue.selectRange(2);
    expect(ids(queue.targets)).toBe('abc');
    queue.selectNone();
    expect(ids(queue.targets)).toBe('c');
  });
});

describe('actions on alerts', () => {
  const doorOf = () => {
    const calls: unknown[] = [];
    const door = {
      patch: async (path: string, body: unknown) => (
        calls.push(['PATCH', path, body]),
        { ok: true, value: row('a', 2) }
      ),
      post: async (path: string, body: { ids?: string[] }) => (
        calls.push(['POST', path, body]),
        {
          ok: true,
          value: path.endsWith('undo')
            ? { changed: 3, skipped: 1 }
            : { changed: body.ids?.length ?? 0, conflicts: [], undo: 'chg_1' },
        }
      ),
    };
    return { calls, actions: new AlertActions(door as never) };
  };

  it('changes one by its version, several in one call', async () => {
    const { calls, actions } = doorOf();
    await actions.change([row('a', 4)], { status: 'in_progress' });
    await actions.change([row('a'), row('b')], { assignee: 'usr_1' });
    expect(calls).toEqual([
      ['PATCH', '/alerts/a', { version: 4, status: 'in_progress' }],
      ['POST', '/alerts/actions', { ids: ['a', 'b'], assignee: 'usr_1' }],
    ]);
  });

  it('undoes the last change by the name that the server gave it, once', async () => {
    const { calls, actions } = doorOf();
    await actions.change([row('a'), row('b')], { assignee: 'usr_1' });
    await actions.change([row('a', 1)], { status: 'in_progress' });
    calls.length = 0;
    expect(await actions.undo()).toMatchObject({ ok: true, value: { changed: 3, conflicts: 1 } });
    expect(calls).toEqual([['POST', '/alerts/actions/undo', { undo: 'a@2', status: 'in_progress' }]]);
    calls.length = 0;
    await actions.undo();
    expect(calls).toEqual([]);
    await actions.change([row('a'), row('b')], { assignee: 'usr_1' });
    calls.length = 0;
    await actions.undo();
    expect(calls).toEqual([['POST', '/alerts/actions/undo', { undo: 'chg_1', assignee: 'usr_1' }]]);
  });
});
