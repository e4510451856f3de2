/** Set-up and sessions: the first account, signing in and out, one's own password. */
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { PublicUser, User } from '#kernel/schema/account.js';
import { permissionsOf } from '#trust/access/authorize.js';
import type { Client } from '#trust/identity/parts.js';
import type { Identity } from '#trust/identity/identity.js';
import type { FastifyTypeBox } from '../app.js';
import { clearSessionCookie, sessionToken, setSessionCookie } from '../plugins/cookies.js';
import { refuse, valueOf } from '../problems.js';
import { answers, bare, exactly } from './shapes.js';

const Password = Type.String({ minLength: 1, maxLength: 1024 });
const Session = Type.Object({ user: bare(PublicUser), permissions: Type.Array(Type.String()) });
const SIGN_IN = { public: 'nobody is signed in yet; limited by address and name' } as const;

export function publicUser({
  passwordHash: _,
  failedLogins: _failed,
  knownAddresses: _addresses,
  ...user
}: User): PublicUser {
  return user;
}

export function clientOf(request: FastifyRequest): Client {
  return { address: request.ip, agent: (request.headers['user-agent'] ?? '').slice(0, 300) };
}

const sessionOf = (user: User) => ({
  user: publicUser(user),
  permissions: [...permissionsOf({ kind: 'user', user })].sort(),
});

export function sessionRoutes(app: FastifyTypeBox, identity: Identity): void {
  app.get(
    '/setup',
    {
      config: { public: 'the console must know whether to show the set-up' },
      schema: {
        tags: ['session'],
        summary: 'Is the set-up still to be done',
        response: answers({ 200: Type.Object({ required: Type.Boolean() }) }),
      },
    },
    async () => ({ required: await identity.setup.isRequired() }),
  );

  app.post(
    '/setup',
    {
      config: { public: 'guarded by the one-time token; limited by address' },
      schema: {
        tags: ['session'],
        summary: 'Make the first account with the token printed at start',
        body: exactly({
          token: Type.String({ minLength: 1, maxLength: 200 }),
          name: User.properties.name,
          displayName: Type.String({ minLength: 1, maxLength: 100 }),
          password: Password,
          unitName: Type.String({ minLength: 1, maxLength: 200 }),
        }),
        response: answers({ 201: Session }),
      },
    },
    async (request, reply) => {
      await app.limitSignIn(request, 'set-up');
      const { user, token, session } = valueOf(
        await identity.setup.complete(request.body, clientOf(request)),
      );
      setSessionCookie(request, reply, token, new Date(session.expiresAt));
      return reply.code(201).send(sessionOf(user));
    },
  );

  app.post(
    '/session',
    {
      config: SIGN_IN,
      schema: {
        tags: ['session'],
        summary: 'Sign in',
        body: exactly({ name: Type.String({ minLength: 1, maxLength: 64 }), password: Password }),
        response: answers({ 200: Session }),
      },
    },
    async (request, reply) => {
      await app.limitSignIn(request, request.body.name);
      const { user, token, session } = valueOf(
        await identity.signIn(request.body, clientOf(request), sessionToken(request)),
      );
      setSessionCookie(request, reply, token, new Date(session.expiresAt));
      return sessionOf(user);
    },
  );

  app.get(
    '/session',
    {
      config: { permission: 'signed-in' },
      schema: {
        tags: ['session'],
        summary: 'Who am I, and what may I do',
        response: answers({ 200: Session }),
      },
    },
    async (request) => sessionOf(personOf(request)),
  );

  app.delete(
    '/session',
    {
      config: { permission: 'signed-in' },
      schema: { tags: ['session'], summary: 'Sign out', response: answers({ 204: Type.Null() }) },
    },
    async (request, reply) => {
      const token = sessionToken(request);
      if (token !== undefined) await identity.sessions.close(token);
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );

  app.put(
    '/session/password',
    {
      config: { permission: 'signed-in' },
      schema: {
        tags: ['session'],
        summary: 'Change one’s own password; all other sessions end',
        body: exactly({ current: Password, next: Password }),
        response: answers({ 204: Type.Null() }),
      },
    },
    async (request, reply) => {
      const user = personOf(request);
      await app.limitSignIn(request, user.name);
      const { current, next } = request.body;
      const session = request.principal?.kind === 'user' ? request.principal.session : undefined;
      valueOf(await identity.accounts.changePassword(request.grant, current, next, session));
      return reply.code(204).send(null);
    },
  );
}

/** A key has no session. */
function personOf({ principal }: FastifyRequest): User {
  return principal?.kind === 'user' ? principal.user : refuse('not_authenticated');
}
