/** `GET /overview`: the state of things at one moment. */
import Type from 'typebox';
import type { Clock } from '#kernel/clock.js';
import { Overview } from '#kernel/schema/overview.js';
import type { FastifyTypeBox } from '../app.js';
import { createOverview, type OverviewServices } from '../overview.js';
import { answers, bare, exactly, Realm } from './shapes.js';

export function overviewRoutes(
  app: FastifyTypeBox,
  services: OverviewServices & { readonly clock: Clock },
): void {
  const overview = createOverview(services);
  app.get(
    '/overview',
    {
      config: { permission: 'alerts:read', reads: 'much' },
      schema: {
        tags: ['overview'],
        summary: 'Alerts, incidents, sources and events at a glance',
        querystring: exactly({
          hours: Type.Optional(Type.Union([Type.Literal(24), Type.Literal(168)], { default: 24 })),
          realm: Realm,
        }),
        response: answers({ 200: bare(Overview) }),
      },
    },
    async ({ grant, query: { hours = 24 } }) => overview(grant, hours),
  );
}
