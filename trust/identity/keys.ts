/** API keys: `fh_<id>_<secret>`, shown once; the store keeps the hash of the secret. */
import { iso } from '#kernel/clock.js';
import { fault } from '#kernel/errors.js';
import type { Versioned } from '#kernel/ports/record-store.js';
import { fail, ok, type Result } from '#kernel/result.js';
import type { ApiKey } from '#kernel/schema/account.js';
import { isUnitPath, LIVE, ROOT_UNIT, type Classification, type UnitPath } from '#kernel/scope.js';
import type { KeyScope } from '#kernel/vocabulary.js';
import { authorizeSystem, type Grant, type Principal } from '../access/authorize.js';
import { reachProblem } from './reach.js';
import type { IdentityParts } from './parts.js';
import { hashSecret, isSecret, newSecret } from './secrets.js';
import { createShortMemory } from './short-memory.js';

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Default: the maker's first unit. */
  readonly unit?: UnitPath;
  /** Default: the maker's ceiling. */
  readonly ceiling?: Classification;
  /** ISO 8601; absent: until revoked. */
  readonly expiresAt?: string;
}

export interface Keys {
  /** Faults `not_permitted` (a unit or ceiling beyond the maker's), `invalid_unit`, `invalid_request`. */
  create(by: Grant, wanted: NewKey): Promise<Result<{ readonly key: ApiKey; readonly secret: string }>>;
  /** Ends a key at once. Faults `not_found`, `conflict`. */
  revoke(by: Grant, id: string): Promise<Result<ApiKey>>;
  /**
   * The key that the text after `ApiKey ` is, or undefined where it is unknown, revoked or expired. Also takes what
   * Elasticsearch's clients make of `id:key`: its base64.
   */
  find(text: string, address?: string): Promise<Extract<Principal, { kind: 'key' }> | undefined>;
}

const CACHE_MS = 5_000;
const MOST_CACHED = 2_000;
const USE_STEP_MS = 60_000;
const KEY_TEXT = /^fh_([0-9A-HJKMNP-TV-Z]{26})_([A-Za-z0-9_-]{43})$/;
/** What an unknown key is compared with, so that it takes the same time. */
const NO_HASH = '0'.repeat(64);

export function createKeys({ records, audit, clock, ids, random }: IdentityParts): Keys {
  const machinery = authorizeSystem('keys').scope;
  const memory = createShortMemory<Versioned<ApiKey>>(clock, { ms: CACHE_MS, most: MOST_CACHED });

  async function touch({ value, version }: Versioned<ApiKey>): Promise<void> {
    const nowMs = clock.nowMs();
    if (value.lastUsedAt !== undefined && nowMs - Date.parse(value.lastUsedAt) < USE_STEP_MS) return;
    const used = { ...value, lastUsedAt: iso(nowMs) };
    await records.write(machinery, [{ kind: 'replace', collection: 'keys', value: used, version }]);
    memory.forget(value.id);
  }

  return {
    async create(by, wanted) {
      const unit = wanted.unit ?? by.scope.units[0] ?? ROOT_UNIT;
      const ceiling = wanted.ceiling ?? by.scope.ceiling;
      if (!isUnitPath(unit)) return fail(fault('invalid_unit', { unit }));
      const problem = reachProblem(by, [unit], ceiling) ?? expiryProblem(wanted.expiresAt, clock.nowMs());
      if (problem) return fail(problem);
      const id = ids.next('key');
      const secret = newSecret(random);
      const key: ApiKey = {
        id,
        unit,
        realm: by.scope.realm === '*' ? LIVE : by.scope.realm,
        classification: 1,
        name: wanted.name,
        hash: hashSecret(secret),
        scopes: [...new Set(wanted.scopes)],
        ceiling,
        createdAt: iso(clock.nowMs()),
        createdBy: by.actor.id,
        ...(wanted.expiresAt !== undefined && { expiresAt: wanted.expiresAt }),
      };
      const outcome = await audit.write(
        by.scope,
        [{ kind: 'create', collection: 'keys', value: key }],
        [
          {
            actor: by.actor,
            action: 'key.created',
            target: `keys/${id}`,
            detail: { name: key.name, scopes: key.scopes.join(' '), unit },
          },
        ],
      );
      if (!outcome.ok) return fail(fault('exists', { what: 'key', id }));
      return ok({ key, secret: `fh_${id.slice('key_'.length)}_${secret}` });
    },
    async revoke(by, id) {
      const found = await records.get(by.scope, 'keys', id);
      if (!found) return fail(fault('not_found', { what: 'key', id }));
      if (found.value.revokedAt !== undefined) return ok(found.value);
      const value = { ...found.value, revokedAt: iso(clock.nowMs()) };
      const outcome = await audit.write(
        by.scope,
        [{ kind: 'replace', collection: 'keys', value, version: found.version }],
        [{ actor: by.actor, action: 'key.revoked', target: `keys/${id}`, detail: { name: value.name } }],
      );
      memory.forget(id);
      // The only writer besides people is `lastUsedAt`: once more is enough.
      if (!outcome.ok)
        return outcome.reason === 'conflict'
          ? this.revoke(by, id)
          : fail(fault('conflict', { what: 'key', id }));
      return ok(value);
    },
    async find(text, address) {
      const [, tail, secret] = KEY_TEXT.exec(plainKey(text)) ?? [];
      if (tail === undefined || secret === undefined) return undefined;
      const found = await memory.read(`key_${tail}`, () => records.get(machinery, 'keys', `key_${tail}`));
      const same = isSecret(secret, found?.value.hash ?? NO_HASH);
      if (!found || !same) return undefined;
      const { revokedAt, expiresAt } = found.value;
      if (revokedAt !== undefined) return undefined;
      if (expiresAt !== undefined && clock.nowMs() >= Date.parse(expiresAt)) return undefined;
      await touch(found);
      return { kind: 'key', key: found.value, ...(address !== undefined && { address }) };
    },
  };
}

function plainKey(text: string): string {
  if (text.length > 400 || text.startsWith('fh_')) return text;
  const decoded = Buffer.from(text, 'base64').toString('latin1');
  return decoded.slice(decoded.indexOf(':') + 1);
}

function expiryProblem(expiresAt: string | undefined, nowMs: number) {
  if (expiresAt === undefined || Date.parse(expiresAt) > nowMs) return undefined;
  return fault('invalid_request', undefined, [
    {
      message: 'the time of expiry is not in the future',
      at: '/expiresAt',
      remedy: 'give a later instant, ISO 8601',
    },
  ]);
}
