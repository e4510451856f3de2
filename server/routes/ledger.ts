/** The ledger: every match accounted for, and the unbroken row of judgements behind it. */
import Type from 'typebox';
import { LedgerCounts } from '#kernel/schema/judgement.js';
import type { FastifyTypeBox } from '../app.js';
import { answers } from './shapes.js';

export interface LedgerServices {
  totals(): LedgerCounts & { readonly unaccounted: number };
  frames(): Promise<Frames>;
}

const ranges = (description: string) =>
  Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() }), { description });

const Frames = Type.Object({
  journal: Type.String(),
  judgedThrough: Type.Integer(),
  head: Type.Integer({ description: 'last frame accepted' }),
  events: Type.Integer({ description: 'events in the judged frames' }),
  gaps: ranges('frames without a judgement below the last judged one; empty is the proof'),
  overlaps: ranges('frames with two judgements; empty is the proof'),
});
type Frames = Type.Static<typeof Frames>;

export function ledgerRoutes(app: FastifyTypeBox, ledger: LedgerServices): void {
  app.get(
    '/ledger',
    {
      config: { permission: 'rules:read' },
      schema: {
        tags: ['ledger'],
        summary: 'matches = created + merged + suppressed + excepted + deferred + signalled',
        response: answers({
          200: Type.Object({
            ...LedgerCounts.properties,
            unaccounted: Type.Integer(),
            frames: Type.Array(Frames, { description: 'one entry a journal' }),
          }),
        }),
      },
    },
    async () => ({ ...ledger.totals(), frames: [await ledger.frames()] }),
  );
}
