/** Round an incident: tasks, observables, the events of its alerts, and incidents that share something with it. */
import Type from 'typebox';
import { iso } from '#kernel/clock.js';
import { textOf } from '#kernel/event.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { equals } from '#kernel/query/ast.js';
import { Incident } from '#kernel/schema/alert.js';
import { Instant, words } from '#kernel/schema/pieces.js';
import { Observable, OBSERVABLE_KINDS, Task, TASK_STATES } from '#kernel/schema/workspace.js';
import type { Workspace } from '#incidents/workspace.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, valueOf } from '../problems.js';
import { answers, bare, exactly, IdParams, Text, Version, versioned, withVersion } from './shapes.js';

const TaskAnswer = versioned(Task);
const Id = Type.String({ minLength: 1, maxLength: 256 });
const Title = Type.String({ minLength: 1, maxLength: 300 });
const Note = Type.String({ maxLength: 4000 });
const orNull = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]));
const Due = Type.String({ format: 'date-time', maxLength: 40 });
const read = { permission: 'incidents:read' } as const;
const write = { permission: 'incidents:write' } as const;
/** Alerts whose events are shown, and events of all of them. */
const ALERTS = 200;
const EVENTS = 500;

export interface WorkspaceServices {
  readonly records: RecordStore;
  readonly workspace: Workspace;
}

export function workspaceRoutes(app: FastifyTypeBox, { records, workspace }: WorkspaceServices): void {
  app.get(
    '/incidents/:id/tasks',
    {
      config: read,
      schema: {
        tags: ['incidents'],
        summary: 'What is to be done, in the order in which it was asked for',
        params: IdParams,
        response: answers({ 200: Type.Object({ items: Type.Array(TaskAnswer) }) }),
      },
    },
    async ({ grant, params }) => ({
      items: valueOf(await workspace.tasks(grant, params.id)).map(withVersion),
    }),
  );

  app.post(
    '/incidents/:id/tasks',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Add a task',
        params: IdParams,
        body: exactly({
          title: Title,
          note: Type.Optional(Note),
          assignee: Type.Optional(Id),
          dueAt: Type.Optional(Due),
        }),
        response: answers({ 201: TaskAnswer }),
      },
    },
    async ({ grant, params, body }, reply) =>
      reply.code(201).send(withVersion(valueOf(await workspace.addTask(grant, params.id, body)))),
  );

  app.patch(
    '/incidents/:id/tasks/:task',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Change a task, or tick it off',
        params: exactly({ ...IdParams.properties, task: Id }),
        body: exactly({
          version: Version,
          title: Type.Optional(Title),
          note: orNull(Note),
          assignee: orNull(Id),
          dueAt: orNull(Due),
          state: Type.Optional(words(TASK_STATES)),
        }),
        response: answers({ 200: TaskAnswer }),
      },
    },
    async ({ grant, params, body: { version, ...change } }) =>
      withVersion(valueOf(await workspace.changeTask(grant, params.id, params.task, version, change))),
  );

  app.get(
    '/incidents/:id/observables',
    {
      config: read,
      schema: {
        tags: ['incidents'],
        summary: 'What people added, then what the alerts name',
        params: IdParams,
        response: answers({
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                id: Type.Optional(Type.String({ description: 'of one that a person added' })),
                kind: words(OBSERVABLE_KINDS),
                value: Type.String(),
                note: Type.Optional(Type.String()),
                origin: words(['alert', 'person'] as const),
                alerts: Type.Integer({ description: 'alerts of the incident that name it' }),
                createdAt: Type.Optional(Instant),
                createdBy: Type.Optional(Type.String()),
              }),
            ),
          }),
        }),
      },
    },
    async ({ grant, params }) => ({
      items: valueOf(await workspace.observables(grant, params.id)).map((one) => {
        const { kind, value, origin, alerts } = one;
        if (!('id' in one)) return { kind, value, origin, alerts };
        const { id, note, createdAt, createdBy } = one;
        return { id, kind, value, origin, alerts, createdAt, createdBy, ...(note !== undefined && { note }) };
      }),
    }),
  );

  app.post(
    '/incidents/:id/observables',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Add an observable',
        params: IdParams,
        body: exactly({
          kind: words(OBSERVABLE_KINDS),
          value: Type.String({ minLength: 1, maxLength: 2048 }),
          note: Text(1000),
        }),
        response: answers({ 201: bare(Observable) }),
      },
    },
    async ({ grant, params, body }, reply) =>
      reply.code(201).send(valueOf(await workspace.addObservable(grant, params.id, body))),
  );

  app.delete(
    '/incidents/:id/observables/:observable',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Remove an observable that a person added',
        params: exactly({ ...IdParams.properties, observable: Id }),
        response: answers({ 204: Type.Null() }),
      },
    },
    async ({ grant, params }, reply) => {
      valueOf(await workspace.removeObservable(grant, params.id, params.observable));
      return reply.code(204).send(null);
    },
  );

  app.get(
    '/incidents/:id/related',
    {
      config: read,
      schema: {
        tags: ['incidents'],
        summary: 'Incidents whose alerts name the same hosts, users or source addresses',
        params: IdParams,
        response: answers({
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                incident: bare(Incident),
                shared: Type.Array(Type.Object({ kind: words(OBSERVABLE_KINDS), value: Type.String() })),
              }),
            ),
          }),
        }),
      },
    },
    async ({ grant, params }) => ({
      items: valueOf(await workspace.related(grant, params.id)).map(({ incident, shared }) => ({
        incident,
        shared: [...shared],
      })),
    }),
  );

  app.get(
    '/incidents/:id/events',
    {
      config: { ...read, also: ['alerts:read'] },
      schema: {
        tags: ['incidents'],
        summary: 'The events that its alerts kept, with both clocks; the earliest first',
        params: IdParams,
        response: answers({
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                id: Type.String(),
                at: Instant,
                ingestedAt: Instant,
                alert: Type.String(),
                title: Type.String(),
                rule: Type.String(),
                host: Type.Optional(Type.String()),
                text: Type.String({ description: 'message or raw text, cut to 500 characters' }),
              }),
            ),
          }),
        }),
      },
    },
    async ({ grant: { scope }, params }) => {
      if (!(await records.get(scope, 'incidents', params.id))) return notFound('incident', params.id);
      const query = equals('incident', params.id);
      const { items } = await records.search(scope, 'alerts', { query, limit: ALERTS });
      const seen = new Set<string>();
      const found = items.flatMap(({ value: alert }) =>
        [alert.first, ...alert.samples, alert.last].flatMap(({ event }) => {
          if (seen.has(event.id)) return [];
          seen.add(event.id);
          const host = textOf(event.fields, 'host.name');
          const text = textOf(event.fields, 'message') ?? textOf(event.fields, 'event.original') ?? '';
          return [
            {
              ...{ id: event.id, at: iso(event.timeMs), ingestedAt: iso(event.ingestedMs) },
              ...{ alert: alert.id, title: alert.title, rule: alert.rule.id, text: text.slice(0, 500) },
              ...(host !== undefined && { host }),
            },
          ];
        }),
      );
      return { items: found.sort((a, b) => (a.at < b.at ? -1 : 1)).slice(0, EVENTS) };
    },
  );
}
