/** What people gather round an incident: tasks, observables and files. */
import Type, { type Static } from 'typebox';
import { Instant, placed, words } from './pieces.js';

export const TASK_STATES = ['open', 'done'] as const;

/** `id` is `tsk_…`. */
export const Task = Type.Object(
  {
    ...placed,
    incident: Type.String(),
    title: Type.String({ minLength: 1, maxLength: 300 }),
    note: Type.Optional(Type.String({ maxLength: 4000 })),
    state: words(TASK_STATES),
    assignee: Type.Optional(Type.String({ description: 'user id' })),
    dueAt: Type.Optional(Instant),
    createdAt: Instant,
    createdBy: Type.String(),
    doneAt: Type.Optional(Instant),
    doneBy: Type.Optional(Type.String()),
  },
  { $id: 'Task' },
);
export type Task = Static<typeof Task>;

export const OBSERVABLE_KINDS = [
  'ip',
  'domain',
  'url',
  'hash',
  'mail',
  'user',
  'host',
  'file',
  'process',
  'other',
] as const;

/** 可观测数据: something seen, which need not be bad. One value of one kind stands once in an incident. `id` is `obs_…`. */
export const Observable = Type.Object(
  {
    ...placed,
    incident: Type.String(),
    kind: words(OBSERVABLE_KINDS),
    value: Type.String({ minLength: 1, maxLength: 2048 }),
    note: Type.Optional(Type.String({ maxLength: 1000 })),
    /** Read out of an alert, or added by a person. */
    origin: words(['alert', 'person'] as const),
    createdAt: Instant,
    createdBy: Type.String(),
  },
  { $id: 'Observable' },
);
export type Observable = Static<typeof Observable>;

/** A file kept as evidence; its bytes lie beside the records under their own digest. `id` is `att_…`. */
export const Attachment = Type.Object(
  {
    ...placed,
    incident: Type.String(),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    bytes: Type.Integer({ minimum: 0 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    note: Type.Optional(Type.String({ maxLength: 1000 })),
    uploadedAt: Instant,
    uploadedBy: Type.String(),
    /** Taken away by a person; the line stays, the bytes go once no line names them. */
    removedAt: Type.Optional(Instant),
    removedBy: Type.Optional(Type.String()),
  },
  { $id: 'Attachment' },
);
export type Attachment = Static<typeof Attachment>;
