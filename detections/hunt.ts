/** Retro-hunt: a rule over stored events. The store selects what may match; what judges live judges. */
import { iso } from '#kernel/clock.js';
import type { Event } from '#kernel/event.js';
import { FaultError } from '#kernel/errors.js';
import type { EventPage, EventStore } from '#kernel/ports/event-store.js';
import { ALL, type Query } from '#kernel/query/ast.js';
import { MOST_HUNT_GROUPS, type Hunt, type HuntGroup } from '#kernel/schema/hunt.js';
import type { Scope } from '#kernel/scope.js';
import { Correlator, type Firing } from './correlation/correlator.js';
import { NO_CORRELATIONS } from './correlation/definition.js';
import { feedMatch, shownBy } from './correlation/signal.js';
import { entityOf } from './effects.js';
import type { LoadedRule, RuleSet } from './types.js';

export interface HuntRequest {
  readonly scope: Scope;
  /** The rule, and beside it only those that it refers to. */
  readonly rules: RuleSet;
  /** The rule's id. */
  readonly rule: string;
  /** What the rule asks of an event: the store may give more than that, never less. */
  readonly query: Query;
  /** Event time, epoch milliseconds: from inclusive, to exclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
  /** Stored events that were looked at, oldest first, of all. */
  readonly progress: (done: number, total: number) => void;
}

export type HuntFindings = Pick<Hunt, 'matches' | 'groups' | 'further'> & {
  /** Up to here everything was looked at; `toMs` unless it was aborted. */
  readonly reachedMs: number;
};

const PAGE = 1000;
/** Stored events that are looked at in one go: progress is told, and a hunt ended, between two. */
const SLICE = 20_000;
const MOST_BUCKETS = 1_000;
const MOST_ATTEMPTS = 5;
const SAMPLES = 5;
/** Groups that are counted apart; what comes beyond is summed up by their number alone. */
const MOST_COUNTED = 100_000;

interface Counted {
  readonly entity: HuntGroup['entity'];
  matches: number;
  firstMs: number;
  lastMs: number;
  readonly samples: string[];
}

/** Throws what the store or a rule that fails throws. Once aborted it gives what was found in whole steps. */
export async function hunt(
  events: Pick<EventStore, 'search' | 'histogram'>,
  { scope, rules, rule: wanted, query, fromMs, toMs, signal, progress }: HuntRequest,
): Promise<HuntFindings> {
  const correlations = rules.correlations ?? NO_CORRELATIONS;
  // Its clock stands still: nothing is forgotten for having been taken in long ago.
  const correlator = new Correlator(correlations);
  const groups = new Groups();
  const fire = (firings: readonly Firing[], event?: Event): void => {
    for (const firing of firings) {
      const { definition, group, anchor } = firing;
      const shown = shownBy(firing, event);
      if (definition.rule.id === wanted && shown)
        groups.add(JSON.stringify(group.values), definition.rule, { ...shown, timeMs: anchor.timeMs });
    }
  };
  const judge = (event: Event): void => {
    for (const match of rules.match(event, fail)) {
      if (match.rule.id === wanted) groups.add(undefined, match.rule, event);
      fire(feedMatch(correlations, correlator, match, event), event);
    }
  };
  /** False where the hunt was ended before the slice was through. */
  const look = async (slice: Slice): Promise<boolean> => {
    let cursor: string | undefined;
    try {
      do {
        signal.throwIfAborted();
        const page: EventPage = await patiently(() =>
          events.search(scope, {
            ...{ query, fromMs: slice.fromMs, toMs: slice.toMs, order: 'oldest', limit: PAGE, signal },
            ...(cursor !== undefined && { cursor }),
          }),
        );
        for (const event of page.items) judge(event);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return true;
    } catch (error) {
      // The store throws where it is interrupted; what was found before stays.
      if (signal.aborted) return false;
      throw error;
    }
  };
  let reachedMs = fromMs;
  let done = 0;
  const slices = await slicesOf(events, scope, fromMs, toMs);
  const total = slices.reduce((sum, { count }) => sum + count, 0);
  for (const slice of slices) {
    if (!(await look(slice))) break;
    reachedMs = slice.toMs;
    done += slice.count;
    progress(done, total);
  }
  fire(correlator.end());
  return { ...groups.shown(), reachedMs: done < total ? reachedMs : toMs };
}

/** The store gives a reading up that has waited for long; a hunt has time, and asks again. */
async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await read();
    } catch (error) {
      const tooSlow = error instanceof FaultError && error.fault.code === 'query_too_slow';
      if (!tooSlow || attempt === MOST_ATTEMPTS) throw error;
    }
}

interface Slice {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Parts of the range that have events, in their order, each with about as many as can be looked at in one go. */
async function slicesOf(
  events: Pick<EventStore, 'histogram'>,
  scope: Scope,
  fromMs: number,
  toMs: number,
): Promise<readonly Slice[]> {
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / MOST_BUCKETS));
  const buckets = await patiently(() => events.histogram(scope, { query: ALL, fromMs, toMs, stepMs }));
  const slices: Slice[] = [];
  let open: Slice | undefined;
  for (const { fromMs: at, count } of buckets) {
    const bucket = { fromMs: Math.max(fromMs, at), toMs: Math.min(toMs, at + stepMs), count };
    if (count === 0) continue;
    if (open && open.count + count > SLICE) {
      slices.push(open);
      open = undefined;
    }
    if (count > SLICE && stepMs > 1)
      slices.push(...(await slicesOf(events, scope, bucket.fromMs, bucket.toMs)));
    else open = open ? { ...open, toMs: bucket.toMs, count: open.count + count } : bucket;
  }
  if (open) slices.push(open);
  return slices;
}

class Groups {
  readonly #byKey = new Map<string, Counted>();
  #matches = 0;
  /** Matches of groups that are too many to be counted. */
  #uncounted = 0;

  /** `key`: what groups it, where that is not the entity. */
  add(key: string | undefined, rule: LoadedRule, event: Event): void {
    this.#matches += 1;
    const entity = entityOf(rule, event);
    const name = key ?? `${entity.kind}:${entity.value}`;
    const { timeMs, id } = event;
    const known = this.#byKey.get(name);
    if (known) {
      known.matches += 1;
      known.firstMs = Math.min(known.firstMs, timeMs);
      known.lastMs = Math.max(known.lastMs, timeMs);
      if (known.samples.length < SAMPLES) known.samples.push(id);
    } else if (this.#byKey.size < MOST_COUNTED)
      this.#byKey.set(name, { entity, matches: 1, firstMs: timeMs, lastMs: timeMs, samples: [id] });
    else this.#uncounted += 1;
  }

  /** By the most matches. */
  shown(): Pick<Hunt, 'matches' | 'groups' | 'further'> {
    const sorted = [...this.#byKey.values()].sort((a, b) => b.matches - a.matches || b.lastMs - a.lastMs);
    const groups = sorted.slice(0, MOST_HUNT_GROUPS).map(({ entity, matches, firstMs, lastMs, samples }) => ({
      ...{ entity, matches, firstAt: iso(firstMs), lastAt: iso(lastMs), samples },
    }));
    return {
      matches: this.#matches,
      groups,
      further: Math.max(0, sorted.length - MOST_HUNT_GROUPS) + this.#uncounted,
    };
  }
}

function fail(rule: LoadedRule, error: unknown): never {
  throw new Error(`the rule \`${rule.id}\` failed on a stored event`, { cause: error });
}
