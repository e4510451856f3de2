/** Exceptions and mutes as people make and end them; every change with its audit entry, and to the engine at once. */
import { iso, type Clock, type Identifiers } from '#kernel/clock.js';
import { fault } from '#kernel/errors.js';
import type { Actor, AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { and, not } from '#kernel/query/ast.js';
import { parseQuery } from '#kernel/query/parse.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { Alert } from '#kernel/schema/alert.js';
import type { RuleException } from '#kernel/schema/rule.js';
import type { Scope, UnitPath } from '#kernel/scope.js';
import { exceptionSet, type ExceptionSet } from './exceptions.js';

/** Longest that an exception may hold: a year, and one day for a leap year. */
export const MOST_EXCEPTION_DAYS = 366;
/** A mute is for now: whoever needs more says so by an exception. */
export const MOST_MUTE_DAYS = 30;
const DAY_MS = 86_400_000;

interface By {
  readonly scope: Scope;
  readonly actor: Actor;
}

export interface ExceptionWish {
  readonly rule: string;
  readonly ruleTitle: string;
  /** Query text over the event. */
  readonly query: string;
  /** User id. */
  readonly owner: string;
  readonly reason: string;
  readonly expiresMs: number;
  /** Within what the maker may see. */
  readonly unit: UnitPath;
}

export interface ExceptionBook {
  /** What the engine applies now. */
  current(): ExceptionSet;
  onChange(listener: (set: ExceptionSet) => void): void;
  /** Faults `invalid_query`, `expiry_out_of_range`. */
  except(by: By, wish: ExceptionWish): Promise<Result<Versioned<RuleException>>>;
  /** Silences the alert's group. Fault `expiry_out_of_range`. */
  mute(
    by: By,
    alert: Alert,
    until: { readonly expiresMs: number; readonly reason: string },
  ): Promise<Result<Versioned<RuleException>>>;
  /** Before its time; once more changes nothing. Faults `not_found`, `conflict`. */
  end(by: By, id: string): Promise<Result<Versioned<RuleException>>>;
  /** Another end, also for one that has ended: it holds again. Faults `not_found`, `conflict`, `expiry_out_of_range`. */
  renew(by: By, id: string, expiresMs: number): Promise<Result<Versioned<RuleException>>>;
}

export interface ExceptionParts {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly ids: Identifiers;
  /** The machinery's own: all units and realms. */
  readonly scope: Scope;
}

/** Attempts against the counting of hits, which changes the same record. */
const MOST_ATTEMPTS = 10;

export async function openExceptionBook(parts: ExceptionParts): Promise<ExceptionBook> {
  const { records, audit, clock, ids, scope } = parts;
  const listeners: ((set: ExceptionSet) => void)[] = [];
  let active = new Map<string, RuleException>();
  let set = exceptionSet([]);

  /** Those that can still hold, oldest first. */
  async function load(): Promise<void> {
    const query = and(not({ kind: 'exists', path: 'endedAt' }));
    const found = new Map<string, RuleException>();
    let cursor: string | undefined;
    do {
      const page = await records.search(scope, 'exceptions', {
        query,
        sort: { path: 'createdAt', order: 'asc' },
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { value } of page.items)
        if (Date.parse(value.expiresAt) > clock.nowMs()) found.set(value.id, value);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    active = found;
    use();
  }

  function use(): void {
    set = exceptionSet([...active.values()]);
    for (const listener of listeners) listener(set);
  }

  function expiryOf(kind: RuleException['kind'], expiresMs: number): Result<string> {
    const nowMs = clock.nowMs();
    const days = kind === 'mute' ? MOST_MUTE_DAYS : MOST_EXCEPTION_DAYS;
    if (expiresMs > nowMs && expiresMs <= nowMs + days * DAY_MS) return ok(iso(expiresMs));
    return fail(fault('expiry_out_of_range', { days }));
  }

  async function make(by: By, value: RuleException): Promise<Result<Versioned<RuleException>>> {
    const { id, unit, realm, rule, kind, reason, expiresAt, owner, query } = value;
    await audit.write(
      by.scope,
      [{ kind: 'create', collection: 'exceptions', value }],
      [
        {
          actor: by.actor,
          action: kind === 'mute' ? 'alert.muted' : 'exception.created',
          target: `exceptions/${id}`,
          detail: { rule, reason, expiresAt, owner, ...(query !== undefined && { query }) },
          ...{ unit, realm },
        },
      ],
    );
    active.set(id, value);
    use();
    return ok({ value, version: 1 });
  }

  /** `change` may give the record as it was: then nothing is written. */
  async function replace(
    by: By,
    id: string,
    action: string,
    change: (before: RuleException) => Result<RuleException>,
  ): Promise<Result<Versioned<RuleException>>> {
    for (let attempt = 1; ; attempt++) {
      const found = await records.get(by.scope, 'exceptions', id);
      if (!found) return fail(fault('not_found', { what: 'exception', id }));
      const changed = change(found.value);
      if (!changed.ok) return changed;
      const value = changed.value;
      if (value === found.value) return ok(found);
      const { unit, realm, rule, expiresAt, endedAt } = value;
      const outcome = await audit.write(
        by.scope,
        [{ kind: 'replace', collection: 'exceptions', value, version: found.version }],
        [
          {
            ...{ actor: by.actor, action, target: `exceptions/${id}` },
            ...{ detail: { rule, ...(endedAt === undefined && { expiresAt }) }, unit, realm },
          },
        ],
      );
      if (outcome.ok) {
        if (endedAt === undefined) active.set(id, value);
        else active.delete(id);
        use();
        return ok({ value, version: found.version + 1 });
      }
      if (attempt >= MOST_ATTEMPTS) return fail(fault('conflict', { what: 'exception', id }));
    }
  }

  await load();
  return {
    current: () => set,
    onChange: (listener) => void listeners.push(listener),
    async except(by, { rule, ruleTitle, query, owner, reason, expiresMs, unit }) {
      const parsed = parseQuery(query);
      if (!parsed.ok) return parsed;
      const expiry = expiryOf('exception', expiresMs);
      if (!expiry.ok) return expiry;
      return make(by, {
        ...{ id: ids.next('exc'), unit, realm: realmOf(by.scope), classification: 1 },
        ...{ kind: 'exception', rule, ruleTitle: ruleTitle.slice(0, 300), query, owner, reason },
        ...{ expiresAt: expiry.value, createdAt: iso(clock.nowMs()), createdBy: by.actor.id, hits: 0 },
      });
    },
    async mute(by, { rule, groupKey, unit, realm, classification }, { expiresMs, reason }) {
      const expiry = expiryOf('mute', expiresMs);
      if (!expiry.ok) return expiry;
      return make(by, {
        ...{ id: ids.next('exc'), unit, realm, classification, kind: 'mute', rule: rule.id },
        ...{ ruleTitle: rule.title.slice(0, 300), groupKey, owner: by.actor.id, reason },
        ...{ expiresAt: expiry.value, createdAt: iso(clock.nowMs()), createdBy: by.actor.id, hits: 0 },
      });
    },
    end: (by, id) =>
      replace(by, id, 'exception.ended', (before) =>
        before.endedAt === undefined
          ? ok({ ...before, endedAt: iso(clock.nowMs()), endedBy: by.actor.id })
          : ok(before),
      ),
    renew: (by, id, expiresMs) =>
      replace(by, id, 'exception.renewed', ({ endedAt: _endedAt, endedBy: _endedBy, ...before }) => {
        const expiry = expiryOf(before.kind, expiresMs);
        return expiry.ok ? ok({ ...before, expiresAt: expiry.value }) : expiry;
      }),
  };
}

function realmOf({ realm }: Scope): string {
  return realm === '*' ? 'live' : realm;
}
