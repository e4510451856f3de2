/** Accounts, for the administrators; names of people, for whoever assigns work. */
import Type from 'typebox';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL, equals } from '#kernel/query/ast.js';
import { PublicUser, User } from '#kernel/schema/account.js';
import type { Accounts } from '#trust/identity/accounts.js';
import type { FastifyTypeBox } from '../app.js';
import { valueOf } from '../problems.js';
import { publicUser } from './session.js';
import { answers, Cursor, exactly, IdParams, limitUpTo, page, Version, versioned } from './shapes.js';

const shown = versioned(PublicUser);
const Password = Type.String({ minLength: 1, maxLength: 1024 });
const { roles, units, realms, ceiling } = User.properties;
const displayName = Type.String({ minLength: 1, maxLength: 100 });

export function userRoutes(
  app: FastifyTypeBox,
  { records, accounts }: { records: RecordStore; accounts: Accounts },
): void {
  app.get(
    '/users',
    {
      config: { permission: 'users:read' },
      schema: {
        tags: ['users'],
        summary: 'Accounts by name',
        querystring: exactly({ limit: limitUpTo(1000, 100), cursor: Cursor }),
        response: answers({ 200: page(shown) }),
      },
    },
    async ({ grant, query: { limit, cursor } }) => {
      const found = await records.search(grant.scope, 'users', {
        query: ALL,
        sort: { path: 'name', order: 'asc' },
        limit: limit ?? 100,
        ...(cursor && { cursor }),
      });
      return {
        ...found,
        items: found.items.map(({ value, version }) => ({ ...publicUser(value), version })),
      };
    },
  );

  app.get(
    '/users/names',
    {
      config: { permission: ['alerts:read', 'incidents:read', 'users:read', 'audit:read'] },
      schema: {
        tags: ['users'],
        summary: 'Identifiers and names of the enabled accounts',
        response: answers({
          200: Type.Object({
            items: Type.Array(
              Type.Object({ id: Type.String(), name: Type.String(), displayName: Type.String() }),
            ),
          }),
        }),
      },
    },
    async ({ grant }) => {
      const found = await records.search(grant.scope, 'users', {
        query: equals('enabled', true),
        sort: { path: 'name', order: 'asc' },
        limit: 1000,
      });
      return {
        items: found.items.map(({ value }) => ({
          id: value.id,
          name: value.name,
          displayName: value.displayName,
        })),
      };
    },
  );

  app.post(
    '/users',
    {
      config: { permission: 'users:write' },
      schema: {
        tags: ['users'],
        summary: 'Make an account',
        body: exactly({
          name: User.properties.name,
          displayName,
          password: Password,
          roles,
          units,
          realms,
          ceiling,
        }),
        response: answers({ 201: shown }),
      },
    },
    async ({ grant, body }, reply) => {
      const { value, version } = valueOf(await accounts.create(grant, body));
      return reply.code(201).send({ ...publicUser(value), version });
    },
  );

  app.patch(
    '/users/:id',
    {
      config: { permission: 'users:write' },
      schema: {
        tags: ['users'],
        summary: 'Change an account; a new password or disabling ends its sessions',
        params: IdParams,
        body: exactly({
          version: Version,
          displayName: Type.Optional(displayName),
          roles: Type.Optional(roles),
          units: Type.Optional(units),
          realms: Type.Optional(realms),
          ceiling: Type.Optional(ceiling),
          enabled: Type.Optional(Type.Boolean()),
          password: Type.Optional(Password),
        }),
        response: answers({ 200: shown }),
      },
    },
    async ({ grant, params, body: { version: read, ...change } }) => {
      const { value, version } = valueOf(await accounts.change(grant, params.id, read, change));
      return { ...publicUser(value), version };
    },
  );
}
