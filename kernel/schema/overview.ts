/** The state of things at one moment, as far as the reader's scope reaches. */
import Type, { type Static } from 'typebox';
import { Instant } from './pieces.js';
import { Unit } from './source.js';

const Count = Type.Integer({ minimum: 0 });
const Counts = Type.Array(Type.Object({ value: Type.String(), count: Count }), {
  description: 'most frequent first; the empty text counts those that have none',
});

export const UnitState = Type.Object({
  unit: Type.String({ description: 'path' }),
  /** Absent: nobody named it. */
  name: Type.Optional(Type.String()),
  level: Type.Optional(Unit.properties.level),
  /** Sources of its own that are switched on. */
  sources: Count,
  /** When the last log came through one of them. */
  lastLogAt: Type.Optional(Instant),
  openAlerts: Count,
  /** Open alerts whose attack succeeded, or whose asset is compromised. */
  burning: Count,
});
export type UnitState = Static<typeof UnitState>;

export const Overview = Type.Object(
  {
    at: Instant,
    /** Hours that `raised` and `events` tell of. */
    hours: Count,
    alerts: Type.Object({
      open: Count,
      unassigned: Count,
      outcomes: Counts,
      severities: Counts,
      assignees: Counts,
      rules: Counts,
      hosts: Counts,
      sourceIps: Counts,
    }),
    raised: Type.Object({
      total: Count,
      before: Type.Integer({ minimum: 0, description: 'in as many hours before those' }),
      /** Oldest first; the last is the running hour. */
      hours: Type.Array(
        Type.Object({
          from: Instant,
          total: Count,
          burning: Type.Integer({ minimum: 0, description: 'succeeded or compromised' }),
        }),
      ),
    }),
    units: Type.Array(UnitState, { description: 'by path, those that nothing is known of left out' }),
    /** Absent for whom incidents are closed. */
    incidents: Type.Optional(
      Type.Object({ open: Count, unassigned: Count, stages: Counts, severities: Counts }),
    ),
    /** Absent for whom sources are closed. */
    sources: Type.Optional(
      Type.Object({
        on: Count,
        failed: Count,
        silent: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), silentSince: Instant }), {
          description: 'longest silent first, at most 20',
        }),
      }),
    ),
    /** Events by the hour of their own time, as `raised.hours`; absent for whom events are closed. */
    events: Type.Optional(Type.Array(Count)),
    judging: Type.Object({
      /** Frames accepted and not yet judged. */
      behind: Count,
    }),
  },
  { $id: 'Overview' },
);
export type Overview = Static<typeof Overview>;
