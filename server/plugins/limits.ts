/** Rate limits: a wide one over everything, narrow ones where passwords and set-up tokens can be guessed. */
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FaultError, fault } from '#kernel/errors.js';
import { fold } from '#kernel/query/fold.js';
import { refuse } from '../problems.js';

export interface Limits {
  /** Requests a minute and address. */
  readonly requests: number;
  /** Sign-ins (and set-ups) a minute and address. */
  readonly signIns: number;
  /** Sign-ins a minute and name, from wherever they come. */
  readonly signInsPerName: number;
}

export const LIMITS: Limits = { requests: 1200, signIns: 20, signInsPerName: 6 };

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a sign-in of this name against both narrow limits; throws `too_many_requests`. */
    limitSignIn(request: FastifyRequest, name: string): Promise<void>;
  }
}

/** An IPv6 sender owns a /64 at least, and could take a new address for every guess. Who broke off has none any more. */
function networkOf(request: FastifyRequest): string {
  return normalizeIP((request.ip as string | undefined) ?? '::', 64);
}

export async function registerLimits(app: FastifyInstance, limits: Limits): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    max: limits.requests,
    timeWindow: 60_000,
    cache: 20_000,
    keyGenerator: networkOf,
    errorResponseBuilder: (_request, { ttl }) =>
      new FaultError(fault('too_many_requests', { seconds: Math.max(1, Math.ceil(ttl / 1000)) })),
  });
  const byAddress = app.createRateLimit({
    max: limits.signIns,
    timeWindow: 60_000,
    keyGenerator: (request) => `sign-in ${networkOf(request)}`,
  });
  const names = new WeakMap<FastifyRequest, string>();
  const byName = app.createRateLimit({
    max: limits.signInsPerName,
    timeWindow: 60_000,
    keyGenerator: (request) => `name ${names.get(request) ?? ''}`,
  });
  app.decorate('limitSignIn', async (request: FastifyRequest, name: string) => {
    // Folded as accounts are, so that other spellings of a name do not count apart.
    names.set(request, fold(name.normalize('NFKC')).slice(0, 64));
    for (const limit of [byAddress, byName]) {
      const state = await limit(request);
      if (!state.isAllowed && state.isExceeded)
        refuse('too_many_requests', { seconds: Math.max(1, state.ttlInSeconds) });
    }
  });
}
