import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { namesLoopback } from './address.js';
import { buildApp, BODY_LIMIT } from './app.js';
import type { Problem } from '#kernel/schema/pieces.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { keyFor, makeUser, SAME_ORIGIN, signedIn, type Headers } from './testing/principals.js';

const HASH = "'sha256-Y+4VlsZq5xrwpT9PSUqu0og4zkIMOg90X90ZauOtndE='";
const PASSWORD = 'beacon-on-the-wall-7';
const builtConsole = mkdtempSync(join(tmpdir(), 'fenghuo-console-'));
mkdirSync(join(builtConsole, '_app/immutable'), { recursive: true });
writeFileSync(join(builtConsole, 'index.html'), '<!doctype html><title>烽火</title>');
writeFileSync(join(builtConsole, '_app/immutable/start.abc.js'), 'export {};');
writeFileSync(join(builtConsole, 'favicon.svg'), '<svg/>');
writeFileSync(join(builtConsole, 'csp.json'), JSON.stringify({ scriptSrc: [HASH], styleSrcAttr: [] }));

describe('the console’s and the API’s Fastify', () => {
  let app: TestApp;
  let analyst: Headers;
  let key: Headers;
  beforeAll(async () => {
    app = await buildTestApp({ build: builtConsole, env: { FENGHUO_TRUSTED_PROXIES: '10.0.0.0/8' } });
    analyst = await signedIn(app, await makeUser(app, ['analyst']));
    key = await keyFor(app, 'alerts:write');
  });

  it('sends a strict policy with the hashes of the console, and nothing unsafe', async () => {
    const { headers } = await app.server.inject('/');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain(`script-src 'self' ${HASH}`);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*|https:/);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    const docs = String((await app.server.inject('/api/docs/')).headers['content-security-policy']);
    expect(docs.replace(/ 'sha256-RL3[^']+'/, ''), 'the same but for one hash').toBe(policy);
  });

  it('serves the page for every path of the console, and assets for ever', async () => {
    for (const url of ['/', '/alerts', '/incidents/inc_1?tab=x']) {
      const page = await app.server.inject(url);
      expect([page.statusCode, page.headers['cache-control'], page.body.includes('烽火')]).toEqual([
        200,
        'no-store',
        true,
      ]);
    }
    const asset = await app.server.inject('/_app/immutable/start.abc.js');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await app.server.inject('/favicon.svg')).headers['cache-control']).toBe('no-cache');
    for (const url of ['/_app/immutable/old.js', '/api/v1/nothing', '/csp.json', '/robots.txt'])
      expect((await app.server.inject(url)).statusCode, url).toBe(404);
  });

  it('says so where the console was not built', async () => {
    const bare = await buildTestApp();
    const page = await bare.server.inject('/');
    expect([page.statusCode, page.body]).toEqual([503, expect.stringContaining('npm run build')]);
  });

  const problems: Record<string, [object, number, string]> = {
    'an unknown address': [{ url: '/api/v1/nothing' }, 404, 'not_found'],
    'no session': [{ url: '/api/v1/alerts' }, 401, 'not_authenticated'],
    'a body that is no JSON': [
      {
        method: 'POST',
        url: '/api/v1/session',
        payload: '{',
        headers: { 'content-type': 'application/json' },
      },
      400,
      'invalid_request',
    ],
    'a body of another type': [
      { method: 'POST', url: '/api/v1/session', payload: 'x', headers: { 'content-type': 'text/xml' } },
      400,
      'invalid_request',
    ],
    'a body too large': [
      { method: 'POST', url: '/api/v1/session', payload: { name: 'x'.repeat(BODY_LIMIT) } },
      413,
      'too_large',
    ],
    'an address with a broken escape': [{ url: '/api/v1/%zz' }, 400, 'invalid_request'],
    'an endless part of an address': [{ url: `/api/v1/alerts/${'a'.repeat(600)}` }, 414, 'invalid_request'],
    'a wrong key': [
      { url: '/api/v1/alerts', headers: { authorization: 'ApiKey fh_nonsense' } },
      401,
      'not_authenticated',
    ],
  };
  it.each(Object.entries(problems))('answers a problem: %s', async (_name, [request, status, code]) => {
    const answer = await app.server.inject(request);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const problem = answer.json<Problem>();
    expect([answer.statusCode, problem.status, problem.code]).toEqual([status, status, code]);
    expect(problem.remedy.length).toBeGreaterThan(5);
    expect(problem.requestId).toBeDefined();
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(answer.headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('names every wrong field by its pointer', async () => {
    const answer = await app.server.inject({
      method: 'PATCH',
      url: '/api/v1/alerts/x',
      headers: { ...analyst },
      payload: { status: 'odd', extra: 1 },
    });
    expect(
      answer
        .json<Problem>()
        .errors?.map(({ at }) => at)
        .sort(),
    ).toEqual(['/extra', '/status', '/version']);
    const listed = await app.server.inject({ url: '/api/v1/alerts?limit=5000', headers: { ...analyst } });
    expect(listed.json<Problem>().errors?.[0]).toMatchObject({ at: '/limit' });
    const query = await app.server.inject({ url: '/api/v1/events/search?q=a:(', headers: { ...analyst } });
    expect(query.json<Problem>()).toMatchObject({ code: 'invalid_query', errors: [{ line: 1, column: 4 }] });
  });

  it('refuses changes from other sites, and cookies without an origin', async () => {
    const change = (headers: Headers) =>
      app.server.inject({
        method: 'POST',
        url: '/api/v1/incidents',
        headers: { ...headers },
        payload: { title: 'x' },
      });
    const { origin: _origin, ...withoutOrigin } = analyst;
    expect((await change(analyst)).statusCode).toBe(201);
    expect((await change({ ...analyst, origin: 'http://evil.example' })).json<Problem>().code).toBe(
      'wrong_origin',
    );
    expect((await change({ ...analyst, 'sec-fetch-site': 'cross-site' })).json<Problem>().code).toBe(
      'wrong_origin',
    );
    expect((await change(withoutOrigin)).json<Problem>().code).toBe('wrong_origin');
    expect((await change({ ...withoutOrigin, 'sec-fetch-site': 'same-origin' })).statusCode).toBe(201);
    const login = { method: 'POST', url: '/api/v1/session', payload: { name: 'a', password: 'b' } } as const;
    expect(
      (await app.server.inject({ ...login, headers: { origin: 'http://evil.example' } })).statusCode,
    ).toBe(403);
  });

  it('judges a request that shows a key by the key alone', async () => {
    const answer = await app.server.inject({ url: '/api/v1/events/search', headers: { ...analyst, ...key } });
    expect(answer.statusCode).toBe(403);
  });

  it('keeps answers out of caches, good and bad', async () => {
    for (const url of ['/api/v1/session', '/api/v1/nothing', '/healthz'])
      expect((await app.server.inject({ url, headers: { ...analyst } })).headers['cache-control'], url).toBe(
        'no-store',
      );
  });

  it('answers on loopback to names of this machine only, so that no rebound name reads what is open there', async () => {
    const local = await buildApp({
      ...{ log: app.ground.log, audit: app.ground.audit, authenticator: app.services.authenticator },
      ...{ build: builtConsole, host: namesLoopback, api: () => undefined },
    });
    const ask = async (host: string) =>
      (await local.server.inject({ url: '/', headers: { host } })).statusCode;
    for (const host of ['localhost:8470', '127.0.0.1:8470', '[::1]:8470', 'a.localhost'])
      expect(await ask(host), host).toBe(200);
    for (const host of ['evil.example:8470', '127.0.0.1.evil.example', 'localhost.', '[::2]:1', 'a:b:c', '@'])
      expect(await ask(host), host).toBe(403);
    await local.server.close();
  });

  it('believes forwarded addresses of trusted proxies only', async () => {
    const over = (remoteAddress: string) =>
      app.server.inject({ url: '/metrics', remoteAddress, headers: { 'x-forwarded-for': '127.0.0.1' } });
    expect((await app.server.inject({ url: '/metrics', remoteAddress: '127.0.0.1' })).statusCode).toBe(200);
    expect((await over('203.0.113.9')).statusCode).toBe(401);
    expect((await over('10.1.1.1')).statusCode).toBe(401);
    const admin = await keyFor(app, 'admin');
    expect(
      (await app.server.inject({ url: '/metrics', remoteAddress: '203.0.113.9', headers: { ...admin } }))
        .statusCode,
    ).toBe(200);
  });

  it('keeps the session in a cookie that scripts and other sites do not get', async () => {
    const token = await app.identity.setup.issueToken();
    expect(token, 'accounts exist already').toBeUndefined();
    const fresh = await buildTestApp();
    const issued = await fresh.identity.setup.issueToken();
    const body = { token: issued, name: 'chief', displayName: 'Chief', password: PASSWORD, unitName: 'Town' };
    const made = await fresh.server.inject({
      method: 'POST',
      url: '/api/v1/setup',
      headers: { ...SAME_ORIGIN },
      payload: body,
    });
    expect(made.statusCode).toBe(201);
    expect(String(made.headers['set-cookie'])).toMatch(/^fenghuo_session=[^;]+;.*HttpOnly; SameSite=Strict$/);
    expect(made.body).not.toContain('passwordHash');
    const again = await fresh.server.inject({
      method: 'POST',
      url: '/api/v1/setup',
      headers: { ...SAME_ORIGIN },
      payload: body,
    });
    expect(again.json<Problem>().code).toBe('setup_done');
    const cookie = String(made.headers['set-cookie']).split(';')[0] ?? '';
    expect((await fresh.server.inject({ url: '/api/v1/session', headers: { cookie } })).statusCode).toBe(200);
    fresh.clock.advance(25 * 3_600_000);
    expect((await fresh.server.inject({ url: '/api/v1/session', headers: { cookie } })).statusCode).toBe(401);
  });

  it('uses a __Host- cookie where TLS ends at a trusted proxy', async () => {
    const { token } = await app.identity.sessions.open(await makeUser(app, ['viewer']), {
      address: '',
      agent: '',
    });
    const asked = { url: '/api/v1/session', remoteAddress: '10.1.1.1' };
    const https = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' };
    expect(
      (await app.server.inject({ ...asked, headers: { ...https, cookie: `__Host-fenghuo=${token}` } }))
        .statusCode,
    ).toBe(200);
    expect(
      (await app.server.inject({ ...asked, headers: { ...https, cookie: `fenghuo_session=${token}` } }))
        .statusCode,
    ).toBe(401);
  });

  it('describes itself in OpenAPI 3.1', async () => {
    const { openapi, paths } = (await app.server.inject('/api/v1/openapi.json')).json<{
      openapi: string;
      paths: Record<string, object>;
    }>();
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/api/v1/alerts', '/api/v1/incidents/{id}/close', '/healthz']),
    );
  });

  it('does not start with a route that nobody guards', async () => {
    const unguarded = await buildApp({
      ...{
        log: app.ground.log,
        audit: app.ground.audit,
        authenticator: app.services.authenticator,
        build: builtConsole,
      },
      api: (api) => void api.get('/open', () => 'secret'),
    });
    await expect(unguarded.server.ready()).rejects.toThrow('/api/v1/open declares neither a permission');
    await unguarded.server.close().catch(() => undefined);
  });
});

describe('rate limits', () => {
  it('bounds sign-ins by name and by address, and all requests by address', async () => {
    const app = await buildTestApp({ limits: { requests: 12, signIns: 5, signInsPerName: 2 } });
    const signIn = (name: string, remoteAddress: string) =>
      app.server.inject({
        method: 'POST',
        url: '/api/v1/session',
        remoteAddress,
        payload: { name, password: 'wrong' },
      });
    const statuses: number[] = [];
    for (const [name, address] of [
      ['Chief', '10.0.0.1'],
      ['CHIEF', '10.0.0.2'],
      ['ｃhief', '10.0.0.3'],
    ] as const)
      statuses.push((await signIn(name, address)).statusCode);
    expect(statuses, 'one name from anywhere').toEqual([401, 401, 429]);
    statuses.length = 0;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
      statuses.push((await signIn(name, '10.0.0.9')).statusCode);
    expect(statuses, 'any names from one address').toEqual([401, 401, 401, 401, 401, 429]);
    statuses.length = 0;
    for (const end of [1, 2, 3, 4, 5, 6])
      statuses.push((await signIn(`v6-${end}`, `2001:db8::${end}`)).statusCode);
    expect(statuses, 'new addresses of one IPv6 network').toEqual([401, 401, 401, 401, 401, 429]);
    let last = await app.server.inject({ url: '/healthz', remoteAddress: '10.0.0.7' });
    for (let i = 0; i < 12; i += 1)
      last = await app.server.inject({ url: '/healthz', remoteAddress: '10.0.0.7' });
    expect([last.statusCode, last.json<Problem>().code]).toEqual([429, 'too_many_requests']);
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
  });
});
