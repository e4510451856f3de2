/** Who asks: a session cookie or `Authorization: ApiKey …`, checked before any route runs. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '#trust/access/authorize.js';
import { sessionToken } from './cookies.js';

/** What checks sessions and keys (trust/identity). Undefined: not valid, whatever the reason. */
export interface Authenticator {
  session(token: string, address: string): Promise<Principal | undefined>;
  /** The same without counting as use of the session. */
  peek(token: string, address: string): Promise<Principal | undefined>;
  key(secret: string, address: string): Promise<Principal | undefined>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A page asks this by itself, also while nobody sits before it: the session's idle time goes on. */
    unattended?: boolean;
  }
  interface FastifyRequest {
    /** Null where the request carries nothing valid. */
    principal: Principal | null;
  }
}

/** The secret of an `Authorization: ApiKey …` header, and of the Basic form that shippers use (`id:secret`'s password). */
export function keySecret(request: Pick<FastifyRequest, 'headers'>): string | undefined {
  return /^ApiKey\s+(\S{1,500})$/i.exec(request.headers.authorization ?? '')?.[1];
}

export function registerAuthentication(app: FastifyInstance, authenticator: Authenticator): void {
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request) => {
    const secret = keySecret(request);
    // A request that shows a key is judged by the key alone: a cookie that comes along must not widen it.
    if (request.headers.authorization !== undefined) {
      request.principal =
        secret === undefined ? null : ((await authenticator.key(secret, request.ip)) ?? null);
      return;
    }
    const token = sessionToken(request);
    if (token === undefined) return;
    const { unattended = false } = request.routeOptions.config;
    const check = unattended ? authenticator.peek : authenticator.session;
    request.principal = (await check(token, request.ip)) ?? null;
  });
}
