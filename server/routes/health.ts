/** `/healthz` (alive), `/readyz` (stores answer, readers are within bounds), `/metrics` (loopback or an admin key). */
import Type from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { EventStore } from '#kernel/ports/event-store.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { authorizeSystem, permissionsOf } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import { isLoopback } from '../address.js';
import type { Metrics } from '../metrics.js';
import { refuse } from '../problems.js';
import type { Lag } from '../lag.js';

export interface HealthServices {
  readonly records: RecordStore;
  readonly events: EventStore;
  readonly lag: () => Lag;
  readonly metrics: Metrics;
}

/** Frames that a reader may be behind and the server still counts as ready. */
const MOST_BEHIND = 5000;
const Check = Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.Optional(Type.String()) });
const OPEN = { public: 'probes have no account; the answer holds no data' } as const;

export function healthRoutes(app: FastifyTypeBox, services: HealthServices): void {
  const { scope } = authorizeSystem('health');
  app.get(
    '/healthz',
    {
      config: OPEN,
      schema: { tags: ['health'], summary: 'Alive', response: { 200: Type.Object({ ok: Type.Boolean() }) } },
    },
    () => ({ ok: true }),
  );

  const readiness = Type.Object({ ok: Type.Boolean(), checks: Type.Array(Check) });
  app.get(
    '/readyz',
    {
      config: OPEN,
      schema: { tags: ['health'], summary: 'Ready to work', response: { 200: readiness, 503: readiness } },
    },
    async (_request, reply) => {
      const { storeFrames, judgeFrames } = services.lag();
      const checks = [
        await probe('records', () => services.records.get(scope, 'settings', 'node')),
        await probe('events', () => services.events.days()),
        { name: 'store writer', ok: storeFrames <= MOST_BEHIND, detail: `${storeFrames} frames behind` },
        { name: 'detection', ok: judgeFrames <= MOST_BEHIND, detail: `${judgeFrames} frames behind` },
      ];
      const ok = checks.every((check) => check.ok);
      return reply.code(ok ? 200 : 503).send({ ok, checks });
    },
  );

  app.get(
    '/metrics',
    {
      config: { public: 'open on loopback; checks for an admin key itself elsewhere' },
      schema: { tags: ['health'], summary: 'Prometheus metrics' },
    },
    async (request, reply) => {
      if (!mayMeasure(request))
        return refuse(request.principal ? 'not_permitted' : 'not_authenticated', {
          actor: 'key',
          permission: 'system:read',
        });
      return reply.type(services.metrics.contentType).send(await services.metrics.print());
    },
  );
}

async function probe(
  name: string,
  ask: () => Promise<unknown>,
): Promise<{ name: string; ok: boolean; detail?: string }> {
  try {
    await ask();
    return { name, ok: true };
  } catch {
    return { name, ok: false, detail: 'does not answer' };
  }
}

function mayMeasure(request: FastifyRequest): boolean {
  // `ip` follows trusted proxies: behind one, a stranger does not look like loopback.
  const direct = request.headers['x-forwarded-for'] === undefined && request.headers.forwarded === undefined;
  if (direct && isLoopback(request.ip)) return true;
  return request.principal?.kind === 'key' && permissionsOf(request.principal).has('system:read');
}
