/** `GET /stream`: server-sent events, within the reader's scope and as long as the session lives. */
import { PassThrough } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { authorize } from '#trust/access/authorize.js';
import type { FastifyTypeBox } from '../app.js';
import { keySecret, type Authenticator } from '../plugins/authentication.js';
import { sessionToken } from '../plugins/cookies.js';
import { refuse } from '../problems.js';
import { FLUSH_MS, HEARTBEAT_MS, type Audience, type StreamHub } from '../stream.js';
import { exactly, Realm } from './shapes.js';

/** Bytes that may wait for one slow reader. */
const QUEUE_BYTES = 64 * 1024;

export function streamRoutes(
  app: FastifyTypeBox,
  { hub, authenticator }: { hub: StreamHub; authenticator: Authenticator },
): void {
  const flushing = setInterval(() => hub.flush(), FLUSH_MS).unref();
  const beating = setInterval(() => void hub.heartbeat(), HEARTBEAT_MS).unref();
  // In `preClose`: open streams would keep the server from ending.
  app.addHook('preClose', async () => {
    clearInterval(flushing);
    clearInterval(beating);
    hub.close();
  });

  app.get(
    '/stream',
    {
      config: { permission: 'signed-in', unattended: true },
      schema: {
        tags: ['stream'],
        summary: 'Server-sent events: hints of what changed',
        description:
          'Events `hint` with `{kind, id, severity?, title?}`, `reset` when hints were missed; `Last-Event-ID` replays.',
        produces: ['text/event-stream'],
        querystring: exactly({ realm: Realm }),
      },
    },
    async (request, reply) => {
      const stream = new PassThrough({ highWaterMark: QUEUE_BYTES });
      const lastId = request.headers['last-event-id'];
      const client = await hub.join(
        { write: (text) => stream.write(text), end: () => void stream.end() },
        () => audienceOf(request, authenticator),
        typeof lastId === 'string' ? lastId : undefined,
      );
      if (!client) return refuse('too_many_requests', { seconds: 15 });
      stream.on('drain', () => client.drained());
      request.raw.on('close', () => {
        client.leave();
        stream.destroy();
      });
      // `no` for buffering proxies (nginx), which would hold the hints back.
      return reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .send(stream);
    },
  );
}

/** Checks the session or key anew: what was granted when the stream opened may have been taken back since. */
async function audienceOf(
  request: FastifyRequest,
  authenticator: Authenticator,
): Promise<Audience | undefined> {
  const secret = keySecret(request);
  const token = sessionToken(request);
  const principal =
    secret !== undefined
      ? await authenticator.key(secret, request.ip)
      : token !== undefined
        ? await authenticator.peek(token, request.ip)
        : undefined;
  if (!principal) return undefined;
  const granted = authorize(principal, null, { realm: request.grant.scope.realm });
  return granted.ok ? granted.value : undefined;
}
