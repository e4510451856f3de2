/** Sessions of people: an opaque token in a cookie, of which the store keeps the hash alone. */
import { iso } from '#kernel/clock.js';
import type { Actor } from '#kernel/ports/audit-log.js';
import type { Versioned } from '#kernel/ports/record-store.js';
import { ALL, equals } from '#kernel/query/ast.js';
import type { Session, User } from '#kernel/schema/account.js';
import { actorOf, authorizeSystem, type Principal } from '../access/authorize.js';
import type { Client, IdentityParts } from './parts.js';
import { hashSecret, newSecret } from './secrets.js';
import { createShortMemory } from './short-memory.js';

export const IDLE_LIMIT_MS = 8 * 3_600_000;
export const ABSOLUTE_LIMIT_MS = 24 * 3_600_000;
/** How old an answer of the cache may be: a change made elsewhere holds after this at the latest. */
export const CACHE_MS = 5_000;
const MOST_CACHED = 5_000;
type Signed = Extract<Principal, { kind: 'user' }>;
/** `lastUsedAt` is written at most this often. */
const USE_STEP_MS = 60_000;

export interface OpenedSession {
  /** For the cookie; not stored. */
  readonly token: string;
  readonly session: Session;
}

export interface Sessions {
  /** A new session for somebody whose password has been checked; the session of `previous` (a token) ends. */
  open(user: User, client: Client, previous?: string): Promise<OpenedSession>;
  /**
   * The person behind a token, or undefined where it is unknown, expired, or the account disabled. It counts as use
   * of the session.
   */
  find(token: string, address?: string): Promise<Signed | undefined>;
  /** The same for what a page does by itself: nobody's idle session lives on by it. */
  peek(token: string, address?: string): Promise<Signed | undefined>;
  close(token: string): Promise<void>;
  /** Ends all sessions of a user but `except` (a session id); returns how many. */
  revokeAll(user: string, by: Actor, except?: string): Promise<number>;
  /** Forgets cached answers about a user whose account was changed. */
  forget(user: string): void;
  /** Removes sessions that have expired; returns how many. */
  sweep(): Promise<number>;
}

interface Cached {
  readonly session: Versioned<Session>;
  readonly user: User;
}

export function createSessions({ records, audit, clock, random }: IdentityParts): Sessions {
  const { scope } = authorizeSystem('sessions');
  const memory = createShortMemory<Cached>(clock, { ms: CACHE_MS, most: MOST_CACHED });

  function isLive({ expiresAt, lastUsedAt }: Session): boolean {
    const nowMs = clock.nowMs();
    return nowMs < Date.parse(expiresAt) && nowMs < Date.parse(lastUsedAt) + IDLE_LIMIT_MS;
  }

  function lookup(id: string): Promise<Cached | undefined> {
    return memory.read(id, async () => {
      const session = await records.get(scope, 'sessions', id);
      const user = session && (await records.get(scope, 'users', session.value.user));
      return session && user && { session, user: user.value };
    });
  }

  async function standing(token: string): Promise<Cached | undefined> {
    if (token.length > 100) return undefined;
    const found = await lookup(hashSecret(token));
    return found && isLive(found.session.value) && found.user.enabled ? found : undefined;
  }

  async function touch({ session }: Cached): Promise<void> {
    const nowMs = clock.nowMs();
    if (nowMs - Date.parse(session.value.lastUsedAt) < USE_STEP_MS) return;
    const value = { ...session.value, lastUsedAt: iso(nowMs) };
    // Of two requests at once one is refused, and the other has written the same.
    await records.write(scope, [
      { kind: 'replace', collection: 'sessions', value, version: session.version },
    ]);
    memory.forget(value.id);
  }

  async function all(query: Parameters<typeof records.search>[2]['query']): Promise<Session[]> {
    const found: Session[] = [];
    let cursor: string | undefined;
    do {
      const page = await records.search(scope, 'sessions', {
        query,
        limit: 1000,
        ...(cursor !== undefined && { cursor }),
      });
      found.push(...page.items.map(({ value }) => value));
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    return found;
  }

  return {
    async open(user, { address, agent }, previous) {
      const token = newSecret(random);
      const nowMs = clock.nowMs();
      const session: Session = {
        id: hashSecret(token),
        unit: user.unit,
        realm: user.realm,
        classification: user.classification,
        user: user.id,
        createdAt: iso(nowMs),
        lastUsedAt: iso(nowMs),
        expiresAt: iso(nowMs + ABSOLUTE_LIMIT_MS),
        address,
        agent: agent.slice(0, 300),
      };
      const old =
        previous === undefined ? undefined : await records.get(scope, 'sessions', hashSecret(previous));
      const outcome = await audit.write(
        scope,
        [
          { kind: 'create', collection: 'sessions', value: session },
          ...(old ? [{ kind: 'remove', collection: 'sessions', id: old.value.id } as const] : []),
        ],
        [
          {
            actor: actorOf({ kind: 'user', user, address }),
            action: 'session.opened',
            target: `users/${user.id}`,
          },
        ],
      );
      if (!outcome.ok) throw new Error(`session not written: ${outcome.reason}`);
      if (old) memory.forget(old.value.id);
      return { token, session };
    },
    async find(token, address) {
      const found = await standing(token);
      if (found) await touch(found);
      return found && signedBy(found, address);
    },
    async peek(token, address) {
      const found = await standing(token);
      return found && signedBy(found, address);
    },
    async close(token) {
      const id = hashSecret(token);
      const found = await lookup(id);
      if (!found) return;
      await audit.write(
        scope,
        [{ kind: 'remove', collection: 'sessions', id }],
        [
          {
            actor: actorOf({ kind: 'user', user: found.user }),
            action: 'session.closed',
            target: `users/${found.user.id}`,
          },
        ],
      );
      memory.forget(id);
    },
    async revokeAll(user, by, except) {
      const ended = (await all(equals('user', user))).filter(({ id }) => id !== except);
      if (ended.length === 0) return 0;
      // One by one: a session that went by itself meanwhile must not keep the others alive.
      for (const { id } of ended)
        await records.write(scope, [{ kind: 'remove', collection: 'sessions', id }]);
      this.forget(user);
      await audit.note({
        actor: by,
        action: 'session.revoked',
        target: `users/${user}`,
        detail: { sessions: ended.length },
      });
      return ended.length;
    },
    forget(user) {
      memory.forget((cached) => cached.user.id === user);
    },
    async sweep() {
      const over = (await all(ALL)).filter((session) => !isLive(session));
      for (const { id } of over) await records.write(scope, [{ kind: 'remove', collection: 'sessions', id }]);
      return over.length;
    },
  };
}

function signedBy({ user, session }: Cached, address?: string): Signed {
  return { kind: 'user', user, session: session.value.id, ...(address !== undefined && { address }) };
}
