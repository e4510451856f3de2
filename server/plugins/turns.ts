/**
 * Turns at what is read long: one person or key has two readings at a time, further ones wait. The event store lends
 * three, so that whoever asks much, or asks what takes long, never keeps the others from reading.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { actorOf } from '#trust/access/authorize.js';
import { refuse } from '../problems.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** It reads events or all alerts, which may take long. */
    reads?: 'much';
  }
}

export interface Turns {
  /** Resolves once it is one's turn, with what ends it; false where too many wait already. An abort ends the waiting. */
  take(who: string, signal: AbortSignal): Promise<(() => void) | false>;
}

export const AT_ONCE = 2;
/** Beyond what any page asks at once. */
export const MOST_WAITING = 50;

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

export function createTurns(): Turns {
  const lines = new Map<string, Line>();

  function end(who: string, line: Line): void {
    const next = line.waiting.shift();
    if (next) next();
    else if ((line.running -= 1) === 0) lines.delete(who);
  }

  return {
    async take(who, signal) {
      const line = lines.get(who) ?? { running: 0, waiting: [] };
      lines.set(who, line);
      if (line.running < AT_ONCE) line.running += 1;
      else if (line.waiting.length >= MOST_WAITING) return false;
      else
        await new Promise<void>((resolve, reject) => {
          const leave = (): void => {
            line.waiting.splice(line.waiting.indexOf(go), 1);
            reject(signal.reason as Error);
          };
          const go = (): void => {
            signal.removeEventListener('abort', leave);
            resolve();
          };
          signal.throwIfAborted();
          signal.addEventListener('abort', leave, { once: true });
          line.waiting.push(go);
        });
      let over = false;
      return () => {
        if (!over) end(who, line);
        over = true;
      };
    },
  };
}

export function registerTurns(app: FastifyInstance): void {
  const turns = createTurns();
  app.addHook('preHandler', async (request: FastifyRequest, reply) => {
    const { principal } = request;
    if (request.routeOptions.config.reads === undefined || principal === null) return;
    const release = await turns.take(actorOf(principal).id, request.signal);
    if (release === false) return refuse('too_many_requests', { seconds: 5 });
    // Not `onResponse`: it is not called where the reader breaks off.
    reply.raw.once('close', release);
    if (reply.raw.destroyed) release();
  });
}
