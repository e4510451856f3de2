/** Who asks: a session cookie or `Authorization: ApiKey …`, checked before any route runs. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '#trust/access/authorize.js';
import { sessionToken } from './cookies.js';

/** What checks sessions and keys (trust/identity). Undefined: not valid, whatever the reason. */
export interface Authenticator {
  session(token: string, address: string): Promise<Principal | undefined>;
  key(secret: string, address: string): Promise<Principal | undefined>;
}

declare module 'fastify' {
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
    if (token !== undefined) request.principal = (await authenticator.session(token, request.ip)) ?? null;
  });
}
