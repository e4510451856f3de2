/** Response headers: a strict content security policy with the hashes of the built console, and the rest of helmet. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { refuse } from '../problems.js';
import Type from 'typebox';
import Value from 'typebox/value';

const Hashes = Type.Object({ scriptSrc: Type.Array(Type.String()), styleSrcAttr: Type.Array(Type.String()) });
const NO_HASHES = { scriptSrc: [], styleSrcAttr: [] };

/** Hashes of what the console's page holds inline; none where it was not built. */
export function readHashes(build: string): { scriptSrc: string[]; styleSrcAttr: string[] } {
  try {
    const read: unknown = JSON.parse(readFileSync(join(build, 'csp.json'), 'utf8'));
    return Value.Check(Hashes, read) ? read : NO_HASHES;
  } catch {
    return NO_HASHES;
  }
}

/** `tls`: HSTS is sent as well. `build`: folder of the built console. `host`: names that are answered. */
export async function registerSecurity(
  app: FastifyInstance,
  options: {
    readonly build: string;
    readonly tls: boolean;
    readonly host?: (name: string | undefined) => boolean;
  },
): Promise<void> {
  const { host } = options;
  if (host)
    app.addHook('onRequest', async (request) => {
      if (!host(request.headers.host)) refuse('wrong_origin');
    });
  // What is answered is one person's, and stays out of every cache unless the route says otherwise.
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
  });
  const { scriptSrc, styleSrcAttr } = readHashes(options.build);
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", ...scriptSrc],
        scriptSrcAttr: ["'none'"],
        styleSrc: ["'self'"],
        // Svelte's route announcer carries one inline style; its hash, and nothing else, is let through.
        styleSrcAttr: styleSrcAttr.length > 0 ? ["'unsafe-hashes'", ...styleSrcAttr] : ["'none'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
      },
    },
    strictTransportSecurity: options.tls ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
    xFrameOptions: { action: 'deny' },
  });
}
