/** What a role or scope alone does not decide: that nobody reaches further by a side door, and that trying is on record. */
import { beforeAll, describe, expect, it } from 'vitest';
import { equals } from '#kernel/query/ast.js';
import type { Role } from '#kernel/vocabulary.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems, type Items } from './testing/items.js';
import { account, closing } from './testing/matrix-parts.js';
import { keyFor, machinery, makeUser, signedIn, type Headers } from './testing/principals.js';

let app: TestApp;
let items: Items;

beforeAll(async () => {
  app = await buildTestApp();
  items = createItems(app);
});

function post(path: string, headers: Headers, payload: object) {
  return app.server.inject({ method: 'POST', url: `/api/v1${path}`, headers: { ...headers }, payload });
}

async function refusals(): Promise<readonly unknown[]> {
  const query = equals('action', 'access.refused');
  const found = await app.ground.records.search(machinery.scope, 'audit', { query, limit: 100 });
  return found.items.map(({ value: { actor, target, detail } }) => ({ actor, target, detail }));
}

describe('reach', () => {
  it.each([
    ['/users', { ...account('intruder'), units: ['/'] }, 'unit /'],
    ['/users', { ...account('intruder'), units: ['/a', '/b'] }, 'unit /b'],
    ['/users', { ...account('intruder'), ceiling: 3 }, 'classification 3'],
    ['/keys', { name: 'wide', scopes: ['admin'], unit: '/b' }, 'unit /b'],
  ])(
    'is not handed out beyond one’s own by POST %s, and the attempt is noted',
    async (path, body, permission) => {
      const person = await makeUser(app, ['system']);
      const answer = await post(path, await signedIn(app, person), body);
      expect(answer.statusCode, answer.body).toBe(403);
      expect(await refusals()).toContainEqual({
        ...{ actor: person.id, target: `routes/POST /api/v1${path}` },
        detail: { code: 'not_permitted', permission },
      });
    },
  );
});

describe('a key for incidents', () => {
  it('closes an incident, but not its alerts with it', async () => {
    const analyst = await signedIn(app, await makeUser(app, ['analyst']));
    const alert = await items.alert('own');
    const { id, version } = (await post(`/alerts/${alert}/incident`, analyst, {})).json<{
      id: string;
      version: number;
    }>();
    const key = await keyFor(app, 'incidents:write');
    const refused = await post(`/incidents/${id}/close`, key, { version, ...closing, closeAlerts: true });
    expect(refused.statusCode, refused.body).toBe(403);
    expect((await app.ground.records.get(machinery.scope, 'alerts', alert))?.value.status).toBe(
      'in_progress',
    );
    const closed = await post(`/incidents/${id}/close`, key, { version, ...closing });
    expect(closed.statusCode, closed.body).toBe(200);
  });
});

describe('the job of a change of many alerts', () => {
  it('tells its conclusion to nobody below its maker, nor to those who see no alerts', async () => {
    const person = async (role: Role, ceiling: 1 | 2) =>
      signedIn(app, await makeUser(app, [role], { ceiling }));
    const conclusion = 'the minister’s own phone';
    const change = { status: 'closed', disposition: 'false_positive', conclusion };
    const started = await post('/alerts/bulk', await person('analyst', 2), {
      filter: { host: 'none' },
      change,
    });
    expect(started.statusCode, started.body).toBe(202);
    const { id } = started.json<{ id: string }>();
    const seen = async (headers: Headers) => {
      const get = (path: string) => app.server.inject({ url: `/api/v1${path}`, headers: { ...headers } });
      return [(await get('/jobs')).body.includes(conclusion), (await get(`/jobs/${id}`)).statusCode];
    };
    expect(await seen(await person('viewer', 2))).toEqual([true, 200]);
    for (const below of [await person('analyst', 1), await person('audit', 2), await person('system', 2)]) {
      expect(await seen(below)).toEqual([false, 404]);
      expect((await post(`/jobs/${id}/undo`, below, {})).statusCode).toBeGreaterThanOrEqual(403);
    }
  });
});
