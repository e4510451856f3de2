import { beforeAll, describe, expect, it } from 'vitest';
import { and, equals } from '#kernel/query/ast.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems, type Items, type Place } from './testing/items.js';
import { ELSEWHERE, MATRIX, type Ask, type Row } from './testing/matrix.js';
import { everyone, machinery, makeUser, signedIn, type Headers } from './testing/principals.js';

const FOREIGN: readonly Place[] = ['unit', 'realm', 'classified'];

describe('every endpoint × every role, key scope and stranger × own and foreign data', () => {
  let app: TestApp;
  let items: Items;
  let people: ReadonlyMap<string, Headers>;
  let peopleOfTop: ReadonlyMap<string, Headers>;
  /** Identifiers that nobody of `/a`, live, may ever see. */
  const secrets: string[] = [];

  beforeAll(async () => {
    app = await buildTestApp();
    items = createItems(app);
    people = await everyone(app);
    peopleOfTop = await everyone(app, '/');
    for (const place of FOREIGN)
      for (const make of ['alert', 'incident', 'source', 'job', 'event', 'user', 'key'] as const)
        secrets.push(await items[make](place));
    for (const make of ['alert', 'incident', 'source', 'job', 'event'] as const) await items[make]('own');
  });

  const methodOf = ({ route }: Row) => route.split(' ')[0] as 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  const askOf = ({ route, ask }: Row, place: Place): Promise<Ask> =>
    ask ? ask(items, place) : Promise.resolve({ url: route.split(' ')[1] as string });
  const isAllowed = ({ may }: Row, who: string) =>
    may === 'public' ||
    (who !== 'anonymous' && (may === 'signed-in' || may.split(' ').includes(who.replace('role:', ''))));

  async function send(row: Row, { url, body }: Ask, headers: Headers) {
    return app.server.inject({
      method: methodOf(row),
      url,
      headers: { ...headers },
      ...(body !== undefined && { payload: body as object }),
    });
  }

  it('has a row for every route', () => {
    const rows = new Set([...MATRIX.map(({ route }) => route), ...ELSEWHERE]);
    const missing = app.routes
      .filter(
        ({ method, url }) =>
          method !== 'HEAD' && !url.startsWith('/api/docs') && !rows.has(`${method} ${url}`),
      )
      .map(({ method, url }) => `${method} ${url}`);
    expect(missing).toEqual([]);
  });

  it.each(MATRIX.map((row) => [row.route, row] as const))('%s', async (_route, row) => {
    for (const who of people.keys()) {
      // Signing out ends the session that the next row needs.
      const headers =
        row.route.startsWith('DELETE /api/v1/session') && who.startsWith('role:')
          ? await freshSession(who)
          : ((row.node ? peopleOfTop : people).get(who) as Headers);
      const ask = await askOf(row, 'own');
      const entries = await auditCount(row.audit ?? '', ask.target);
      const refusals = await auditCount('access.refused');
      const answer = await send(row, ask, headers);
      const expected = isAllowed(row, who)
        ? (row.ok ?? 200)
        : who === 'anonymous' || isKeyWithoutSession(row, who)
          ? 401
          : 403;
      expect(answer.statusCode, `${who}: ${answer.body.slice(0, 300)}`).toBe(expected);
      for (const secret of secrets) expect(answer.body, `${who} sees ${secret}`).not.toContain(secret);
      if (answer.statusCode >= 400)
        expect(answer.headers['content-type']).toContain('application/problem+json');
      if (row.audit && isAllowed(row, who))
        expect(await auditCount(row.audit, ask.target), `${who}: audit ${row.audit}`).toBeGreaterThan(
          entries,
        );
      if (answer.statusCode === 403 && methodOf(row) !== 'GET')
        expect(await auditCount('access.refused'), `${who}: audited refusal`).toBe(refusals + 1);
    }
    expect(app.malformed).toEqual([]);
  });

  it.each(MATRIX.filter(({ node }) => node).map((row) => [row.route, row] as const))(
    '%s: nobody of a single unit may',
    async (_route, row) => {
      for (const [who, headers] of people) {
        const answer = await send(row, await askOf(row, 'own'), headers);
        expect(answer.statusCode, who).toBe(who === 'anonymous' ? 401 : 403);
      }
    },
  );

  const onItems = MATRIX.filter(({ item }) => item);
  it.each(onItems.flatMap((row) => FOREIGN.map((place) => [row.route, place, row] as const)))(
    '%s: nothing is there in another %s',
    async (_route, place, row) => {
      for (const who of [...people.keys()].filter((name) => isAllowed(row, name))) {
        const ask = await askOf(row, place);
        const entries = await auditCount(row.audit ?? '', ask.target);
        const answer = await send(row, ask, people.get(who) as Headers);
        expect([answer.statusCode, answer.json<{ code: string }>().code], `${who}: ${answer.body}`).toEqual([
          404,
          'not_found',
        ]);
        if (row.audit) expect(await auditCount(row.audit, ask.target)).toBe(entries);
      }
    },
  );

  it('refuses a realm that is not one’s own, and shows another realm to whoever has it', async () => {
    const drill = { 'x-fenghuo-realm': 'drill:one' };
    const refused = await app.server.inject({
      url: '/api/v1/alerts',
      headers: { ...people.get('role:analyst'), ...drill },
    });
    expect(refused.statusCode).toBe(403);
    const player = await signedIn(app, await makeUser(app, ['analyst'], { realms: ['drill:one'] }));
    const seen = await app.server.inject({ url: '/api/v1/alerts', headers: { ...player, ...drill } });
    expect(seen.json<{ items: { realm: string }[] }>().items.map(({ realm }) => realm)).toContain(
      'drill:one',
    );
    expect(
      seen.json<{ items: { realm: string }[] }>().items.every(({ realm }) => realm === 'drill:one'),
    ).toBe(true);
    const live = await app.server.inject({ url: '/api/v1/alerts', headers: player });
    expect(live.statusCode).toBe(403);
  });

  async function freshSession(who: string): Promise<Headers> {
    return signedIn(app, await makeUser(app, [who.replace('role:', '') as 'viewer']));
  }

  /** A key may be signed in and still have no session to show. */
  function isKeyWithoutSession(row: Row, who: string): boolean {
    return (
      who.startsWith('key:') && ['GET /api/v1/session', 'PUT /api/v1/session/password'].includes(row.route)
    );
  }

  async function auditCount(action: string, target?: string): Promise<number> {
    const query = and(equals('action', action), ...(target === undefined ? [] : [equals('target', target)]));
    return (await app.ground.records.search(machinery.scope, 'audit', { query, limit: 1 })).total;
  }
});
