/** What runs here, for the system administrator. */
import Type from 'typebox';
import type { FastifyTypeBox } from '../app.js';
import type { Lag } from '../lag.js';
import { answers } from './shapes.js';

export interface SystemServices {
  readonly startedAt: string;
  readonly node: string;
  readonly version: string;
  readonly unit: string;
  readonly listen: string;
  /** As bound; null where off. */
  readonly ingest: () => string | null;
  readonly syslog: () => string | null;
  readonly lag: () => Lag;
  readonly deliveries: () => Promise<Record<string, number>>;
  readonly losses: () => ReadonlyMap<string, number>;
}

const Count = Type.Integer({ minimum: 0 });

export function systemRoutes(app: FastifyTypeBox, system: SystemServices): void {
  app.get(
    '/system',
    {
      config: { permission: 'system:read' },
      schema: {
        tags: ['system'],
        summary: 'Version, addresses, memory, readers',
        response: answers({
          200: Type.Object({
            version: Type.String(),
            startedAt: Type.String(),
            node: Type.String(),
            unit: Type.String(),
            listen: Type.String(),
            ingest: Type.Union([Type.String(), Type.Null()]),
            syslog: Type.Union([Type.String(), Type.Null()]),
            rss: Type.Number({ description: 'bytes' }),
            lag: Type.Object({ storeFrames: Count, judgeFrames: Count }),
            deliveries: Type.Record(Type.String(), Count),
            losses: Type.Record(Type.String(), Type.Number(), { description: 'since the start, by reason' }),
          }),
        }),
      },
    },
    async () => {
      const { lag, deliveries, losses, ingest, syslog, ...facts } = system;
      const { storeFrames, judgeFrames } = lag();
      return {
        ...facts,
        ingest: ingest(),
        syslog: syslog(),
        rss: process.memoryUsage.rss(),
        lag: { storeFrames, judgeFrames },
        deliveries: await deliveries(),
        losses: Object.fromEntries(losses()),
      };
    },
  );
}
