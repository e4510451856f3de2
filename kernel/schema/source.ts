/** Where logs come from, how that source does, and the jobs that run over it. */
import Type, { type Static } from 'typebox';
import { SOURCE_KINDS } from '../vocabulary.js';
import { Instant, placed, words } from './pieces.js';

/** `id` is `src_…`. Counters are since the record was made and survive a restart. */
export const Source = Type.Object(
  {
    ...placed,
    kind: words(SOURCE_KINDS),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    enabled: Type.Boolean(),
    /** What it reads: file path, journald unit filter, listening address, recording id. */
    target: Type.Optional(Type.String()),
    /** Format hint for files: `auto`, `syslog`, `nginx`, `json` … */
    format: Type.Optional(Type.String()),
    createdAt: Instant,
    createdBy: Type.String(),
    /** Reader's own position (inode, offset, journald cursor), opaque. */
    position: Type.Optional(Type.String()),
    state: words(['running', 'stopped', 'failed', 'waiting'] as const),
    /** Why it failed or waits, as an error code with its sentence. */
    problem: Type.Optional(
      Type.Object({
        code: Type.String(),
        message: Type.String(),
        remedy: Type.String(),
        /** What fills the sentence of the code; `cause` is a stable word for the reason, where there is one. */
        data: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
      }),
    ),
    events: Type.Integer(),
    bytes: Type.Integer(),
    /** Records that became `pipeline_error` events. */
    errors: Type.Integer(),
    /** Records that were lost, each also counted with its reason. */
    lost: Type.Integer(),
    lastEventAt: Type.Optional(Instant),
    lastSeenAt: Type.Optional(Instant),
    /** Longest pause of late between deliveries, milliseconds: what it is used to be measured by. */
    usualGapMs: Type.Optional(Type.Integer({ minimum: 0 })),
    /** It delivered regularly, and has said nothing since; gone as soon as it speaks again. */
    silentSince: Type.Optional(Instant),
  },
  { $id: 'Source' },
);
export type Source = Static<typeof Source>;

export const JOB_KINDS = ['replay', 'backup', 'restore', 'bulk', 'undo', 'removal', 'hunt'] as const;

/** Long work with progress. `done` of `total`; total 0 while it is not known. */
export const Job = Type.Object(
  {
    ...placed,
    kind: words(JOB_KINDS),
    title: Type.String(),
    state: words(['running', 'done', 'failed', 'cancelled'] as const),
    done: Type.Integer(),
    total: Type.Integer(),
    startedAt: Instant,
    endedAt: Type.Optional(Instant),
    message: Type.Optional(Type.String()),
    /** Why it failed: a code of the error table, or `interrupted` where the server ended first. */
    code: Type.Optional(Type.String()),
    data: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]))),
    startedBy: Type.String(),
    /** Job that took this one back, or is about to. */
    undoneBy: Type.Optional(Type.String()),
    /** Changes of a `bulk` job are kept for `undo`. */
    undoable: Type.Optional(Type.Boolean()),
  },
  { $id: 'Job' },
);
export type Job = Static<typeof Job>;

export const Unit = Type.Object(
  {
    ...placed,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    level: words(['nation', 'province', 'city', 'district', 'department'] as const),
  },
  { $id: 'Unit' },
);
export type Unit = Static<typeof Unit>;

/** A message sent out on a new alert. `id` is `<alert>/<channel>`, so that it is sent once. */
export const Delivery = Type.Object(
  {
    ...placed,
    alert: Type.String(),
    channel: words(['mail', 'webhook'] as const),
    state: words(['pending', 'sent', 'failed'] as const),
    attempts: Type.Integer(),
    nextAttemptAt: Type.Optional(Instant),
    lastError: Type.Optional(Type.String()),
    createdAt: Instant,
    sentAt: Type.Optional(Instant),
  },
  { $id: 'Delivery' },
);
export type Delivery = Static<typeof Delivery>;

/** One small value that the product keeps for itself; `id` is its name. `value` is JSON text. */
export const Setting = Type.Object({ ...placed, value: Type.String() }, { $id: 'Setting' });
export type Setting = Static<typeof Setting>;
