/**
 * The guard before every route: a permission, or a typed exemption with its reason. A route with neither keeps the
 * server from starting. Requests that change something and come with a cookie must come from our own origin.
 */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { FaultError, fault, type Fault } from '#kernel/errors.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import { isRealm, LIVE } from '#kernel/scope.js';
import { actorOf, authorize, permissionsOf, type Grant, type Permission } from '#trust/access/authorize.js';
import { refuse, valueOf } from '../problems.js';

export interface Access {
  /** A permission, or several of which one is enough; `signed-in`: any session or key, for what is its own. */
  readonly permission?: Permission | readonly Permission[] | 'signed-in';
  /** Needed besides, all of them: what the answer also tells. */
  readonly also?: readonly Permission[];
  /** Why everybody may. */
  readonly public?: string;
}

declare module 'fastify' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- declaration merging needs an interface
  interface FastifyContextConfig extends Access {}
  interface FastifyRequest {
    /** INVARIANT: set on every route that is not public. */
    grant: Grant;
  }
}

export interface GuardedRoute extends Access {
  readonly method: string;
  readonly url: string;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Notes a change that was refused for want of a permission; refused reads are too many to keep each. */
export function refusalNotes(audit: AuditLog) {
  return async ({ method, principal, routeOptions }: FastifyRequest, { code, data }: Fault) => {
    if (code !== 'not_permitted' || principal === null || SAFE.has(method)) return;
    const permission = data?.['permission'];
    await audit.note({
      actor: actorOf(principal),
      action: 'access.refused',
      target: `routes/${method} ${routeOptions.url ?? ''}`,
      result: 'refused',
      detail: { code, ...(permission !== undefined && { permission: String(permission).slice(0, 600) }) },
    });
  };
}

/** Throws `not_permitted` unless this is held as well: for what only some requests of a route ask for. */
export function mustHold({ permissions, actor }: Grant, permission: Permission): void {
  if (!permissions.has(permission))
    refuse('not_permitted', { actor: actor.kind === 'key' ? 'key' : 'account', permission });
}

/** Gives the table of all routes, complete once the app is ready. */
export function registerGuard(app: FastifyInstance): readonly GuardedRoute[] {
  const routes: RouteOptions[] = [];
  const table: GuardedRoute[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  // Not in `onRoute`: a plugin of others gets its exemption from a hook of the scope it is registered in, which runs later.
  app.addHook('onReady', async () => {
    for (const { method, url, config } of routes) {
      const { permission, public: reason } = config ?? {};
      if ((permission === undefined) === (reason === undefined) || reason === '')
        throw new Error(
          `route ${String(method)} ${url} declares neither a permission nor why it is public: add \`config: { permission: '…' }\``,
        );
      for (const one of [method].flat())
        table.push({
          method: one,
          url,
          ...(permission !== undefined && { permission }),
          ...(reason !== undefined && { public: reason }),
        });
    }
  });
  app.addHook('onRequest', async (request) => {
    checkOrigin(request);
    const { permission, also = [] } = request.routeOptions.config;
    if (permission === undefined) return;
    request.grant = grantFor(request, permission);
    for (const one of also) mustHold(request.grant, one);
  });
  return table;
}

function grantFor(request: FastifyRequest, permission: NonNullable<Access['permission']>): Grant {
  const principal = request.principal;
  if (!principal) return refuse('not_authenticated');
  const wanted = realmOf(request, principal.kind === 'key' ? principal.key.realm : LIVE);
  if (permission === 'signed-in') return valueOf(authorize(principal, null, { realm: wanted }));
  const any = [permission].flat() as readonly Permission[];
  const held = permissionsOf(principal);
  const chosen = any.find((one) => held.has(one)) ?? any[0];
  return valueOf(authorize(principal, chosen ?? null, { realm: wanted }));
}

/** The realm in view: the header of the console, or `realm` in the address where headers cannot be set (EventSource). */
function realmOf(request: FastifyRequest, otherwise: string): string {
  const told =
    request.headers['x-fenghuo-realm'] ?? (request.query as { realm?: unknown } | undefined)?.realm;
  if (told === undefined) return otherwise;
  if (typeof told !== 'string' || !isRealm(told))
    throw new FaultError(fault('invalid_request', undefined, [{ message: 'not a realm', at: '/realm' }]));
  return told;
}

/**
 * Cross-site requests cannot act. Browsers send `Origin` with every unsafe request and `Sec-Fetch-Site` with all;
 * a request with a session cookie and neither is no browser's, and refused too. Keys are not sent by browsers unasked.
 */
function checkOrigin(request: FastifyRequest): void {
  if (SAFE.has(request.method)) return;
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return refuse('wrong_origin');
  if (origin !== undefined) {
    if (origin !== `${request.protocol}://${request.host}`) return refuse('wrong_origin');
    return;
  }
  const byCookie = request.principal?.kind === 'user';
  if (byCookie && site === undefined) return refuse('wrong_origin');
}
