/** The durable outbox: one delivery record an alert and channel, sent with retries; what fails for good is shown. */
import type { EventBus } from '#kernel/bus.js';
import { iso, type Clock } from '#kernel/clock.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { and, anyOf, equals } from '#kernel/query/ast.js';
import type { Delivery } from '#kernel/schema/source.js';
import { LIVE, type Placed, type Scope } from '#kernel/scope.js';
import { SEVERITIES, severityRank, type Severity } from '#kernel/vocabulary.js';
import { ChannelError, type Channel } from './channel.js';
import { plainLine } from './message.js';

export interface OutboxOptions {
  readonly records: RecordStore;
  /** The machinery's own. */
  readonly scope: Scope;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly channels: readonly Channel[];
  /** Lowest severity that is told; default `critical`. */
  readonly threshold?: Severity;
  /** Told of a failure of the outbox itself (the store does not answer). */
  readonly onError: (error: unknown) => void;
}

export interface DeliveryCounts {
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
}

export interface Outbox {
  /** Takes up what a crash left, and then listens and sends until `stop`. */
  start(): Promise<void>;
  /** Sends what is due now, once; returns how many attempts were made. */
  pump(): Promise<number>;
  counts(): Promise<DeliveryCounts>;
  /** Removes what was sent or given up and is older than `KEPT_MS`; returns how many. */
  sweep(): Promise<number>;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export const MOST_ATTEMPTS = 10;
/** How long a delivery is remembered: far beyond the hour in which an alert may be taken up again. */
export const KEPT_MS = 90 * 86_400_000;
const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 3_600_000;
/** More that wait than this are not taken: a storm of alerts must not become a storm of mails. */
const MOST_PENDING = 1_000;
const BATCH = 50;
const PUMP_EVERY_MS = 5_000;
/** An alert of a crash's moment is looked for this far back. */
const TAKEN_UP_MS = 3_600_000;

/** Milliseconds to wait after so many attempts. */
export function retryDelayMs(attempts: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempts - 1));
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { records, scope, bus, clock, channels, threshold = 'critical', onError } = options;
  const told = SEVERITIES.filter((severity) => severityRank(severity) >= severityRank(threshold));
  let pending = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let unsubscribe: (() => void) | undefined;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function enqueue({ id, unit, realm, classification }: Placed & { id: string }): Promise<void> {
    // What happens in a drill is told to nobody outside.
    if (realm !== LIVE) return;
    for (const { name } of channels) {
      if (pending >= MOST_PENDING) {
        bus.emit('loss.counted', {
          reason: 'delivery_overflow',
          count: 1,
          of: 'records',
          detail: `${id}/${name}`,
        });
        continue;
      }
      const at = iso(clock.nowMs());
      const value: Delivery = {
        ...{ id: `${id}/${name}`, unit, realm, classification, alert: id, channel: name },
        ...{ state: 'pending', attempts: 0, nextAttemptAt: at, createdAt: at },
      };
      const outcome = await records.write(scope, [{ kind: 'create', collection: 'deliveries', value }]);
      // `exists`: it was told before.
      if (outcome.ok) pending += 1;
    }
  }

  async function takeUp(): Promise<void> {
    pending = (await counts()).pending;
    const since = iso(clock.nowMs() - TAKEN_UP_MS);
    const { items } = await records.search(scope, 'alerts', {
      query: anyOf('severity', told),
      sort: { path: 'raisedAt', order: 'desc' },
      limit: 200,
    });
    for (const { value } of items.toReversed()) if (value.raisedAt >= since) await enqueue(value);
  }

  async function attempt(channel: Channel, { value, version }: Versioned<Delivery>): Promise<void> {
    const alert = await records.get(scope, 'alerts', value.alert);
    const attempts = value.attempts + 1;
    const { nextAttemptAt: _nextAttemptAt, lastError: _lastError, ...kept } = value;
    let after: Delivery;
    try {
      if (!alert) throw new ChannelError('the alert is not here any more', true);
      await channel.send(alert.value, value.id);
      after = { ...kept, attempts, state: 'sent', sentAt: iso(clock.nowMs()) };
    } catch (error) {
      const over = attempts >= MOST_ATTEMPTS || (error instanceof ChannelError && error.permanent);
      const lastError = plainLine(error instanceof Error ? error.message : 'unknown');
      after = over
        ? { ...kept, attempts, state: 'failed', lastError }
        : {
            ...kept,
            attempts,
            state: 'pending',
            lastError,
            nextAttemptAt: iso(clock.nowMs() + retryDelayMs(attempts)),
          };
    }
    await records.write(scope, [{ kind: 'replace', collection: 'deliveries', value: after, version }]);
    if (after.state !== 'pending') pending = Math.max(0, pending - 1);
    if (after.state === 'failed')
      bus.emit('platform.reported', {
        state: 'delivery_failed',
        detail: `${after.id} after ${attempts} attempts: ${after.lastError ?? ''}`,
        severity: 'high',
      });
  }

  async function pumpChannel(channel: Channel): Promise<number> {
    const { items } = await records.search(scope, 'deliveries', {
      query: and(equals('state', 'pending'), equals('channel', channel.name)),
      sort: { path: 'nextAttemptAt', order: 'asc' },
      limit: BATCH,
    });
    const now = iso(clock.nowMs());
    const due = items.filter(({ value }) => (value.nextAttemptAt ?? '') <= now);
    for (const delivery of due) await attempt(channel, delivery);
    return due.length;
  }

  let waiting: Promise<number> | undefined;
  /** Calls while one waits for its turn are that one. */
  function pump(): Promise<number> {
    waiting ??= inTurn(async () => {
      waiting = undefined;
      return (await Promise.all(channels.map(pumpChannel))).reduce((sum, made) => sum + made, 0);
    });
    return waiting;
  }

  async function counts(): Promise<DeliveryCounts> {
    const { facets } = await records.facets(scope, 'deliveries', {
      query: { kind: 'all' },
      paths: ['state'],
    });
    const of = (state: Delivery['state']) => facets.state?.find(({ value }) => value === state)?.count ?? 0;
    return { pending: of('pending'), sent: of('sent'), failed: of('failed') };
  }

  async function sweep(): Promise<number> {
    const before = iso(clock.nowMs() - KEPT_MS);
    for (let removed = 0; ;) {
      const { items } = await records.search(scope, 'deliveries', {
        query: anyOf('state', ['sent', 'failed']),
        sort: { path: 'createdAt', order: 'asc' },
        limit: 1000,
      });
      const old = items.filter(({ value }) => value.createdAt < before);
      if (old.length === 0) return removed;
      const outcome = await records.write(
        scope,
        old.map(({ value: { id } }) => ({ kind: 'remove', collection: 'deliveries', id }) as const),
      );
      if (!outcome.ok) return removed;
      removed += old.length;
    }
  }

  return {
    async start() {
      unsubscribe ??= bus.on('alert.raised', (alert) => {
        if (told.includes(alert.severity))
          inTurn(() => enqueue(alert))
            .then(() => pump(), onError)
            .catch(onError);
      });
      await inTurn(takeUp);
      timer ??= setInterval(() => void pump().catch(onError), PUMP_EVERY_MS).unref();
    },
    pump,
    counts,
    sweep,
    async stop() {
      unsubscribe?.();
      clearInterval(timer);
      unsubscribe = timer = undefined;
      await turn;
      for (const channel of channels) channel.close();
    },
  };
}
