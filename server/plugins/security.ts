/** Response headers: a strict content security policy with the hashes of the built console, and the rest of helmet. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
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

/** `tls`: HSTS is sent as well. `build`: folder of the built console. */
export async function registerSecurity(
  app: FastifyInstance,
  options: { readonly build: string; readonly tls: boolean },
): Promise<void> {
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
