/** A retro-hunt: one rule over events that are stored already. */
import Type, { type Static } from 'typebox';
import { Entity } from './alert.js';
import { Instant, placed } from './pieces.js';

/** Matches of one entity: what would have been one alert. */
export const HuntGroup = Type.Object({
  entity: Entity,
  matches: Type.Integer(),
  firstAt: Instant,
  lastAt: Instant,
  samples: Type.Array(Type.String(), { maxItems: 5, description: 'ids of its first events' }),
});
export type HuntGroup = Static<typeof HuntGroup>;

/** Groups that a hunt keeps; those beyond are counted in `further`. */
export const MOST_HUNT_GROUPS = 500;

/** `id` is `hnt_…`; how far it is stands in its job. */
export const Hunt = Type.Object(
  {
    ...placed,
    rule: Type.String(),
    /** The version that hunted; its text is kept. */
    version: Type.String(),
    /** Event time: from inclusive, to exclusive. */
    from: Instant,
    to: Instant,
    startedAt: Instant,
    startedBy: Type.String(),
    job: Type.String(),
    /** Event time up to which everything was looked at; `to` once it is through. Absent: nothing yet. */
    reached: Type.Optional(Instant),
    matches: Type.Integer(),
    /** By the most matches. */
    groups: Type.Array(HuntGroup, { maxItems: MOST_HUNT_GROUPS }),
    /** Groups that are not kept. */
    further: Type.Integer(),
  },
  { $id: 'Hunt' },
);
export type Hunt = Static<typeof Hunt>;
