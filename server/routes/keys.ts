/** API keys: made, listed and revoked; the secret is shown once. */
import Type from 'typebox';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import { PublicApiKey, type ApiKey } from '#kernel/schema/account.js';
import { Instant, UnitPathText, words } from '#kernel/schema/pieces.js';
import { KEY_SCOPES } from '#kernel/vocabulary.js';
import type { Keys } from '#trust/identity/keys.js';
import type { FastifyTypeBox } from '../app.js';
import { valueOf } from '../problems.js';
import { answers, bare, Cursor, exactly, IdParams, limitUpTo, page } from './shapes.js';

const shown = bare(PublicApiKey);

function publicKey({ hash: _, ...key }: ApiKey): PublicApiKey {
  return key;
}

export function keyRoutes(
  app: FastifyTypeBox,
  { records, keys }: { records: RecordStore; keys: Keys },
): void {
  app.get(
    '/keys',
    {
      config: { permission: 'keys:read' },
      schema: {
        tags: ['keys'],
        summary: 'API keys, newest first, revoked ones too',
        querystring: exactly({ limit: limitUpTo(1000, 100), cursor: Cursor }),
        response: answers({ 200: page(shown) }),
      },
    },
    async ({ grant, query: { limit, cursor } }) => {
      const found = await records.search(grant.scope, 'keys', {
        query: ALL,
        sort: { path: 'createdAt', order: 'desc' },
        limit: limit ?? 100,
        ...(cursor && { cursor }),
      });
      return { ...found, items: found.items.map(({ value }) => publicKey(value)) };
    },
  );

  app.post(
    '/keys',
    {
      config: { permission: 'keys:write' },
      schema: {
        tags: ['keys'],
        summary: 'Make a key; its secret is in this answer alone',
        body: exactly({
          name: Type.String({ minLength: 1, maxLength: 100 }),
          scopes: Type.Array(words(KEY_SCOPES), { minItems: 1, maxItems: KEY_SCOPES.length }),
          unit: Type.Optional(UnitPathText),
          expiresAt: Type.Optional(Instant),
        }),
        response: answers({ 201: Type.Object({ key: shown, secret: Type.String() }) }),
      },
    },
    async ({ grant, body }, reply) => {
      const { key, secret } = valueOf(await keys.create(grant, body));
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ key: publicKey(key), secret });
    },
  );

  app.delete(
    '/keys/:id',
    {
      config: { permission: 'keys:write' },
      schema: {
        tags: ['keys'],
        summary: 'Revoke a key',
        params: IdParams,
        response: answers({ 204: Type.Null() }),
      },
    },
    async ({ grant, params }, reply) => {
      valueOf(await keys.revoke(grant, params.id));
      return reply.code(204).send(null);
    },
  );
}
