/** The built console: hashed assets for ever, the page never from a cache, every other path the page (its own router). */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import serveStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { fault } from '#kernel/errors.js';
import { sendProblem } from '../problems.js';

const NOT_BUILT =
  'The console has not been built: run `npm run build`, then start again. The API is at /api/docs.\n';

export async function registerConsole(app: FastifyInstance, build: string): Promise<void> {
  const index = join(build, 'index.html');
  // Read once, as the hashes of the policy were: a build while we run takes effect with the next start.
  const html = existsSync(index) ? readFileSync(index) : undefined;
  if (html)
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, public: 'the console’s files hold no data' };
      });
      await scope.register(serveStatic, {
        root: build,
        wildcard: false,
        index: false,
        preCompressed: true,
        cacheControl: false,
        globIgnore: ['index.html*', 'csp.json*', '**/*.br', '**/*.gz'],
        setHeaders: (response, path) => {
          void response.header(
            'cache-control',
            path.includes('/_app/immutable/') ? 'public, max-age=31536000, immutable' : 'no-cache',
          );
        },
      });
    });
  const page = async (reply: FastifyReply): Promise<void> => {
    void reply.header('cache-control', 'no-store');
    if (!html) await reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT);
    else await reply.type('text/html; charset=utf-8').send(html);
  };
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    // Without this an unknown API path, or a stale asset, would answer a page.
    const isPage =
      ['GET', 'HEAD'].includes(request.method) &&
      !/^\/(?:api|_app)(?:\/|$)/.test(path) &&
      !/\.\w{1,8}$/.test(path);
    if (isPage) await page(reply);
    else await sendProblem(reply, fault('not_found', { what: 'address', id: path.slice(0, 200) }));
  });
}
