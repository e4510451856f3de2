/** Recordings that come along, and their replay as a job. */
import Type from 'typebox';
import type { Versioned } from '#kernel/ports/record-store.js';
import type { Scope } from '#kernel/scope.js';
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

/** What of a recording lies in the stores now, as far as the person may see. */
const Loaded = Type.Object({
  events: Type.Integer({ description: 'as counted when they were accepted' }),
  alerts: Type.Integer(),
  /** Incidents made of nothing but its alerts: they go with it. */
  incidents: Type.Integer(),
});
export type Loaded = Type.Static<typeof Loaded>;
const RecordingRow = Type.Intersect([Recording, Type.Object({ loaded: Type.Optional(Loaded) })]);

export interface Recordings {
  list(): readonly Recording[];
  /** By recording; those that are not loaded are absent. */
  loaded(scope: Scope): Promise<ReadonlyMap<string, Loaded>>;
  /** Takes events, alerts and what was made of them away again. Undefined where there is no such recording. */
  remove(by: Grant, id: string): Promise<Versioned<Job> | undefined>;
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
        response: answers({ 200: Type.Array(RecordingRow) }),
      },
    },
    async ({ grant }) => {
      const loaded = await recordings.loaded(grant.scope);
      return recordings.list().map((recording) => {
        const found = loaded.get(recording.id);
        return found ? { ...recording, loaded: found } : recording;
      });
    },
  );

  app.delete(
    '/recordings/:id',
    {
      config: { permission: 'replay:run' },
      schema: {
        tags: ['recordings'],
        summary: 'Take a recording’s events and alerts away again, and the incidents made of nothing else',
        params: IdParams,
        response: answers({ 202: versioned(Job) }),
      },
    },
    async ({ grant, params }, reply) => {
      const job = await recordings.remove(grant, params.id);
      return reply.code(202).send(withVersion(job ?? notFound('recording', params.id)));
    },
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
