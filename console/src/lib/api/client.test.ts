import { describe, expect, it } from 'vitest';
import { ApiClient, queryText, type QueryFields } from './client.js';

const problem = {
  type: 'about:blank',
  title: 'x',
  status: 401,
  code: 'not_authenticated',
  remedy: 'sign in',
};

function clientOf(answer: () => Promise<Response> | Response) {
  const seen: { url: string; init: RequestInit }[] = [];
  let signedOut = 0;
  const client = new ApiClient({
    fetch: async (input, init) => {
      seen.push({ url: String(input), init: init ?? {} });
      return answer();
    },
    base: '/api/v1',
    realm: () => 'live',
    onSignedOut: () => (signedOut += 1),
  });
  return { client, seen, signedOut: () => signedOut };
}

describe('query text', () => {
  const cases: [QueryFields, string][] = [
    [{}, ''],
    [{ q: '', from: undefined, to: null }, ''],
    [{ status: ['new', 'on_hold'], limit: 5 }, '?status=new%2Con_hold&limit=5'],
    [{ severity: [] }, ''],
    [{ q: 'a & b' }, '?q=a+%26+b'],
  ];
  for (const [fields, text] of cases) it(text || 'nothing', () => expect(queryText(fields)).toBe(text));
});

describe('the client', () => {
  it('sends JSON with the realm and answers the value', async () => {
    const { client, seen } = clientOf(() => Response.json({ a: 1 }));
    expect(await client.patch('/alerts/x', { version: 3 })).toEqual({ ok: true, value: { a: 1 } });
    expect(seen[0]?.url).toBe('/api/v1/alerts/x');
    expect(seen[0]?.init).toMatchObject({
      method: 'PATCH',
      body: '{"version":3}',
      credentials: 'same-origin',
    });
    expect(seen[0]?.init.headers).toMatchObject({
      'x-fenghuo-realm': 'live',
      'content-type': 'application/json',
    });
  });
  it('sends no content type without a body', async () => {
    const { client, seen } = clientOf(() => new Response(null, { status: 204 }));
    expect(await client.delete('/session')).toEqual({ ok: true, value: undefined });
    expect(seen[0]?.init.headers).not.toHaveProperty('content-type');
  });
  it('tells of the end of the session, once a call', async () => {
    const { client, signedOut } = clientOf(() => Response.json(problem, { status: 401 }));
    expect(await client.get('/alerts')).toEqual({ ok: false, problem });
    expect(signedOut()).toBe(1);
  });
  it('does not take a wrong password for the end of the session', async () => {
    const { client, signedOut } = clientOf(() =>
      Response.json({ ...problem, code: 'bad_credentials' }, { status: 401 }),
    );
    await client.post('/session', {});
    expect(signedOut()).toBe(0);
  });
  it('has a problem for a server that is away', async () => {
    const { client } = clientOf(() => Promise.reject(new TypeError('failed')));
    expect(await client.get('/x')).toMatchObject({ ok: false, problem: { code: 'unreachable', status: 0 } });
  });
  it('has a problem for a page where JSON should be', async () => {
    const { client } = clientOf(() => new Response('<!doctype html>', { status: 502 }));
    expect(await client.get('/x')).toMatchObject({ ok: false, problem: { code: 'unreadable', status: 502 } });
  });
});
