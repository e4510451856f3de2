/** A signed-in client of the API as a person's browser is one: with its cookie, from the console's own origin. */
import type { RunningServer } from './server.js';

export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

export interface Client {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  /** Like the others, but a refusal is an answer too. */
  ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
  /** The session's cookie, `name=value`; empty before the sign-in. */
  cookie(): string;
}

export const ADMINISTRATOR = { name: 'chief', displayName: '值班长', password: 'beacon-on-the-wall-7' };

/** Uses the set-up link of a fresh server. */
export async function setUp(server: RunningServer): Promise<Client> {
  const client = createClient(server.url, server.fetch);
  const token = server.setupToken();
  if (!token) throw new Error(`no set-up link was printed:\n${server.output()}`);
  await client.post('/setup', { token, ...ADMINISTRATOR, unitName: '示例市' });
  return client;
}

export async function signIn(
  url: string,
  name = ADMINISTRATOR.name,
  password = ADMINISTRATOR.password,
): Promise<Client> {
  const client = createClient(url);
  await client.post('/session', { name, password });
  return client;
}

/** `send`: the fetch that trusts the server's authority, where it speaks TLS. */
export function createClient(url: string, send: typeof fetch = fetch): Client {
  let cookie = '';
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<Answer<T>> => {
    const response = await send(`${url}/api/v1${path}`, {
      method,
      headers: {
        origin: url,
        ...(cookie && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const given = response.headers.getSetCookie().map((one) => one.split(';')[0]);
    if (given.length) cookie = given.join('; ');
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  };
  const demand = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await ask<T>(method, path, body);
    if (answer.status >= 400)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    ask,
    cookie: () => cookie,
    get: (path) => demand('GET', path),
    post: (path, body) => demand('POST', path, body ?? {}),
    patch: (path, body) => demand('PATCH', path, body),
  };
}
