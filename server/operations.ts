/** What the `fenghuo` command does to the data, whether a server runs (over its control socket) or not. */
import Type, { type Static, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { fault } from '#kernel/errors.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { ALL } from '#kernel/query/ast.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { PublicApiKey, User } from '#kernel/schema/account.js';
import { ClassificationNumber, UnitPathText, words } from '#kernel/schema/pieces.js';
import { KEY_SCOPES, ROLES } from '#kernel/vocabulary.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import type { Identity } from '#trust/identity/identity.js';
import { publicUser } from './routes/session.js';

export interface OperationParts {
  readonly records: RecordStore;
  readonly identity: Identity;
  readonly nowMs: () => number;
  readonly backup: (folder: string) => Promise<Result<{ readonly files: number; readonly bytes: number }>>;
  readonly status: () => Promise<Record<string, unknown>>;
}

interface Operation<S extends TSchema = TSchema> {
  readonly input: S;
  run(parts: OperationParts, input: Static<S>): Promise<Result<unknown>>;
}

function operation<S extends TSchema>(input: S, run: Operation<S>['run']): Operation<S> {
  return { input, run };
}

const nothing = Type.Object({}, { additionalProperties: false });
const exact = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
/** Whoever may open the socket or the home is the machine's own administrator. */
const cli = authorizeSystem('cli');

export const OPERATIONS = {
  'user.add': operation(
    exact({
      name: User.properties.name,
      password: Type.String(),
      roles: Type.Array(words(ROLES), { minItems: 1 }),
      displayName: Type.Optional(User.properties.displayName),
      units: Type.Optional(Type.Array(UnitPathText, { minItems: 1 })),
      realms: Type.Optional(User.properties.realms),
      ceiling: Type.Optional(ClassificationNumber),
    }),
    async (
      { identity },
      { name, displayName = name, units = ['/'], realms = ['live'], ceiling = 1, ...rest },
    ) => {
      const made = await identity.accounts.create(cli, {
        ...rest,
        name,
        displayName,
        units,
        realms,
        ceiling,
      });
      return made.ok ? ok(publicUser(made.value.value)) : made;
    },
  ),
  'user.reset': operation(
    exact({ name: Type.String(), password: Type.String() }),
    async ({ identity }, input) => {
      const done = await identity.accounts.reset(cli, input.name, input.password);
      return done.ok ? ok(publicUser(done.value)) : done;
    },
  ),
  'user.list': operation(nothing, async ({ records }) => {
    const found = await records.search(cli.scope, 'users', {
      query: ALL,
      sort: { path: 'name', order: 'asc' },
      limit: 1000,
    });
    return ok({ items: found.items.map(({ value }) => publicUser(value)) });
  }),
  'key.add': operation(
    exact({
      name: PublicApiKey.properties.name,
      scopes: Type.Array(words(KEY_SCOPES), { minItems: 1 }),
      unit: Type.Optional(UnitPathText),
      expiresInDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500 })),
    }),
    async ({ identity, nowMs }, { expiresInDays, ...wanted }) => {
      const expiresAt =
        expiresInDays === undefined
          ? undefined
          : new Date(nowMs() + expiresInDays * 86_400_000).toISOString();
      const made = await identity.keys.create(cli, { ...wanted, ...(expiresAt && { expiresAt }) });
      return made.ok ? ok({ id: made.value.key.id, secret: made.value.secret }) : made;
    },
  ),
  'key.list': operation(nothing, async ({ records }) => {
    const found = await records.search(cli.scope, 'keys', { query: ALL, limit: 1000 });
    return ok({ items: found.items.map(({ value: { hash: _, ...key } }) => key) });
  }),
  'key.revoke': operation(exact({ id: Type.String() }), async ({ identity }, { id }) => {
    const done = await identity.keys.revoke(cli, id);
    return done.ok ? ok({ id }) : done;
  }),
  backup: operation(exact({ folder: Type.String({ minLength: 1 }) }), ({ backup }, { folder }) =>
    backup(folder),
  ),
  status: operation(nothing, async ({ status }) => ok(await status())),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** Checks the input and runs the operation. Faults: `not_found` (no such operation), `invalid_request`, and its own. */
export async function runOperation(
  parts: OperationParts,
  name: string,
  input: unknown,
): Promise<Result<unknown>> {
  if (!Object.hasOwn(OPERATIONS, name))
    return fail(fault('not_found', { what: 'operation', id: name.slice(0, 100) }));
  const { input: schema, run } = OPERATIONS[name as OperationName] as Operation;
  if (!Value.Check(schema, input)) {
    const found = Value.Errors(schema, input).slice(0, 10);
    return fail(
      fault(
        'invalid_request',
        undefined,
        found.map(({ message, instancePath }) => ({ message, at: instancePath })),
      ),
    );
  }
  return run(parts, input);
}
