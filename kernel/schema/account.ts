/** People, keys, sessions, and the audit entry that proves what they did. */
import Type, { type Static } from 'typebox';
import { KEY_SCOPES, ROLES } from '../vocabulary.js';
import { ClassificationNumber, Instant, placed, RealmText, UnitPathText, words } from './pieces.js';

/** `unit` is where the account belongs; `units` are the subtrees it may see. `passwordHash` never leaves the server. */
export const User = Type.Object(
  {
    ...placed,
    name: Type.String({
      pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N}._@-]{0,63}$',
      description: 'sign-in name, unique regardless of case',
    }),
    displayName: Type.String({ maxLength: 100 }),
    roles: Type.Array(words(ROLES)),
    units: Type.Array(UnitPathText),
    realms: Type.Array(RealmText),
    ceiling: ClassificationNumber,
    passwordHash: Type.String(),
    enabled: Type.Boolean(),
    createdAt: Instant,
    lastLoginAt: Type.Optional(Instant),
    failedLogins: Type.Integer(),
    lockedUntil: Type.Optional(Instant),
    /** Where it signed in from of late, the newest first: whoever guesses elsewhere does not lock it out there. */
    knownAddresses: Type.Optional(Type.Array(Type.String(), { maxItems: 10 })),
  },
  { $id: 'User' },
);
export type User = Static<typeof User>;

export const PublicUser = Type.Omit(User, ['passwordHash', 'failedLogins', 'knownAddresses'], {
  $id: 'PublicUser',
});
export type PublicUser = Static<typeof PublicUser>;

/** `id` is the SHA-256 (hex) of the cookie's token: the token itself is not stored. */
export const Session = Type.Object(
  {
    ...placed,
    user: Type.String(),
    createdAt: Instant,
    lastUsedAt: Instant,
    expiresAt: Instant,
    address: Type.String(),
    agent: Type.String(),
  },
  { $id: 'Session' },
);
export type Session = Static<typeof Session>;

/** `id` is `key_…`; `hash` the SHA-256 (hex) of the secret part. */
export const ApiKey = Type.Object(
  {
    ...placed,
    name: Type.String({ minLength: 1, maxLength: 100 }),
    hash: Type.String(),
    scopes: Type.Array(words(KEY_SCOPES)),
    ceiling: ClassificationNumber,
    createdAt: Instant,
    createdBy: Type.String(),
    expiresAt: Type.Optional(Instant),
    lastUsedAt: Type.Optional(Instant),
    revokedAt: Type.Optional(Instant),
  },
  { $id: 'ApiKey' },
);
export type ApiKey = Static<typeof ApiKey>;
export const PublicApiKey = Type.Omit(ApiKey, ['hash'], { $id: 'PublicApiKey' });
export type PublicApiKey = Static<typeof PublicApiKey>;

/**
 * One audit entry. `bytes` is the RFC 8785 canonical JSON of everything else that was recorded; `leaf` is
 * SHA-256(0x00 || bytes), the RFC 6962 leaf hash, hex. `id` is `<node>/<index, 12 digits>`; create-only, without gaps.
 */
export const AuditEntry = Type.Object(
  {
    ...placed,
    node: Type.String(),
    index: Type.Integer({ minimum: 0 }),
    at: Instant,
    actor: Type.String({ description: 'user, key or `system`' }),
    actorName: Type.String(),
    address: Type.Optional(Type.String()),
    /** Past tense, such as `incident.closed`, `session.opened`, `session.refused`. */
    action: Type.String(),
    target: Type.String({ description: '`<collection>/<id>`' }),
    result: words(['done', 'refused', 'failed'] as const),
    /** What changed: small values themselves, never secrets. */
    detail: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
    ),
    bytes: Type.String(),
    leaf: Type.String(),
  },
  { $id: 'AuditEntry' },
);
export type AuditEntry = Static<typeof AuditEntry>;
