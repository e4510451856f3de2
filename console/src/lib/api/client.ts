/** The one door to the server's API: cookies of the same origin, JSON both ways, problems as values. */
import { clientProblem, type Answer, type ApiProblem } from './answer.js';

export type QueryValue = string | number | boolean | undefined | null | readonly string[];
export type QueryFields = Readonly<Record<string, QueryValue>>;

export interface Call {
  readonly query?: QueryFields;
  readonly body?: unknown;
  /** A file as the body, instead of JSON. */
  readonly bytes?: Blob;
  readonly signal?: AbortSignal;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** Absent, empty and null fields are left out; lists are joined by commas. */
export function queryText(fields: QueryFields = {}): string {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === '') continue;
    const text = Array.isArray(value) ? value.join(',') : String(value);
    if (text !== '') out.set(name, text);
  }
  const text = out.toString();
  return text && `?${text}`;
}

export interface ClientOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly base: string;
  /** The realm in view, read at every call. */
  readonly realm: () => string;
  /** Told of every 401, so that the session can end in one place. */
  readonly onSignedOut: () => void;
}

function isProblem(value: unknown): value is ApiProblem {
  return typeof value === 'object' && value !== null && 'code' in value && typeof value.code === 'string';
}

export class ApiClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** An aborted call answers `unreachable`; its caller has lost interest and must look at its own signal. */
  async call<T>(method: Method, path: string, { query, body, bytes, signal }: Call = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = {
      accept: 'application/json',
      'x-fenghuo-realm': this.#options.realm(),
    };
    if (bytes) headers['content-type'] = 'application/octet-stream';
    else if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    let text: string;
    try {
      response = await this.#options.fetch(`${this.#options.base}${path}${queryText(query)}`, {
        method,
        headers,
        credentials: 'same-origin',
        ...(bytes ? { body: bytes } : body !== undefined && { body: JSON.stringify(body) }),
        ...(signal && { signal }),
      });
      text = await response.text();
    } catch {
      return { ok: false, problem: clientProblem('unreachable', 0) };
    }
    let value: unknown;
    try {
      value = text === '' ? undefined : JSON.parse(text);
    } catch {
      return { ok: false, problem: clientProblem('unreadable', response.status) };
    }
    if (response.ok) return { ok: true, value: value as T };
    const problem = isProblem(value) ? value : clientProblem('unreadable', response.status);
    if (response.status === 401 && problem.code === 'not_authenticated') this.#options.onSignedOut();
    return { ok: false, problem };
  }

  get<T>(path: string, query?: QueryFields, signal?: AbortSignal): Promise<Answer<T>> {
    return this.call<T>('GET', path, { ...(query && { query }), ...(signal && { signal }) });
  }
  post<T>(path: string, body?: unknown): Promise<Answer<T>> {
    return this.call<T>('POST', path, { body: body ?? {} });
  }
  patch<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.call<T>('PATCH', path, { body });
  }
  put<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.call<T>('PUT', path, { body });
  }
  delete<T>(path: string): Promise<Answer<T>> {
    return this.call<T>('DELETE', path);
  }
}
