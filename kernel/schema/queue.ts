/** Views of lists that follow their user, and what a bulk change leaves behind so that it can be taken back. */
import Type, { type Static } from 'typebox';
import { ALERT_STATUSES } from '../vocabulary.js';
import { DispositionWord, Instant, placed, words } from './pieces.js';

export const VIEW_PLACES = ['alerts', 'events'] as const;

/** A list's parameters under a name. `id` is `vew_…`. Seen by its owner, and by everybody of the unit where shared. */
export const SavedView = Type.Object(
  {
    ...placed,
    owner: Type.String({ description: 'user id' }),
    place: words(VIEW_PLACES),
    name: Type.String({ minLength: 1, maxLength: 80 }),
    /** The page's address parameters, such as `status`, `q`, `group`, `columns`. */
    parameters: Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 4096 })),
    shared: Type.Boolean(),
    order: Type.Integer(),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'SavedView' },
);
export type SavedView = Static<typeof SavedView>;

/**
 * What alerts were before one part of a change of them: of a bulk job, of an action on several (`chg_…`), or of one alert
 * (see `undoOf`). `job` names the change, and `id` is `<job>/<part>`.
 */
export const BulkChange = Type.Object(
  {
    ...placed,
    job: Type.String(),
    part: Type.Integer({ minimum: 0 }),
    alerts: Type.Array(
      Type.Object({
        alert: Type.String(),
        /** After the change: an alert that has moved on since is left alone by undo. */
        version: Type.Integer(),
        status: words(ALERT_STATUSES),
        assignee: Type.Optional(Type.String()),
        disposition: Type.Optional(DispositionWord),
        conclusion: Type.Optional(Type.String()),
      }),
    ),
  },
  { $id: 'BulkChange' },
);
export type BulkChange = Static<typeof BulkChange>;
