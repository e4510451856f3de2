/** Recordings that come along, and their replay as a job. */
import Type from 'typebox';
import type { Versioned } from '#kernel/ports/record-store.js';
import { Job } from '#kernel/schema/source.js';
import type { Grant } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound } from '../problems.js';
import { answers, exactly, IdParams, versioned, withVersion } from './shapes.js';

const Recording = Type.Object({
  id: Type.String(),
  title: Type.String(),
  titles: Type.Record(Type.String(), Type.String(), { description: 'title by language' }),
  description: Type.String(),
  descriptions: Type.Record(Type.String(), Type.String(), { description: 'description by language' }),
  events: Type.Integer(),
  bytes: Type.Integer(),
});
export type Recording = Type.Static<typeof Recording>;

export interface Recordings {
  list(): readonly Recording[];
  /** Undefined where there is no such recording. `speed`: times the recorded one, 0 for as fast as it goes. */
  replay(
    by: Grant,
    id: string,
    options: { readonly speed: number; readonly shift: boolean },
  ): Promise<Versioned<Job> | undefined>;
}

export function recordingRoutes(app: FastifyTypeBox, { recordings }: { recordings: Recordings }): void {
  app.get(
    '/recordings',
    {
      config: { permission: ['replay:run', 'sources:read'] },
      schema: {
        tags: ['recordings'],
        summary: 'Recordings that come along',
        response: answers({ 200: Type.Array(Recording) }),
      },
    },
    async () => [...recordings.list()],
  );

  app.post(
    '/recordings/:id/replay',
    {
      config: { permission: 'replay:run' },
      schema: {
        tags: ['recordings'],
        summary: 'Play a recording into the journal',
        params: IdParams,
        body: exactly({
          speed: Type.Optional(
            Type.Number({ minimum: 0, maximum: 10_000, description: '0, the default: as fast as it goes' }),
          ),
          shift: Type.Optional(
            Type.Literal('now', { description: 'moves the times so that the first event is now' }),
          ),
        }),
        response: answers({ 202: versioned(Job) }),
      },
    },
    async ({ grant, params, body }, reply) => {
      const job = await recordings.replay(grant, params.id, {
        speed: body.speed ?? 0,
        shift: body.shift === 'now',
      });
      return reply.code(202).send(withVersion(job ?? notFound('recording', params.id)));
    },
  );
}
