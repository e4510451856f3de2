/** The console's and the API's Fastify: plugins of others, then our own, then routes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import cookie from '@fastify/cookie';
import { TypeBoxValidatorCompiler, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawServerDefault,
} from 'fastify';
import type { Logger } from 'pino';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import { registerAuthentication, type Authenticator } from './plugins/authentication.js';
import { registerConsole } from './plugins/console.js';
import { refusalNotes, registerGuard, type GuardedRoute } from './plugins/guard.js';
import { LIMITS, registerLimits, type Limits } from './plugins/limits.js';
import { registerOpenApi, registerOpenApiPages } from './plugins/openapi.js';
import { registerSecurity } from './plugins/security.js';
import { registerTurns } from './plugins/turns.js';
import { registerProblems, sendUnreadable } from './problems.js';
import { consoleBuild } from './paths.js';

export type FastifyTypeBox = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface AppOptions {
  readonly log: Logger;
  readonly audit: AuditLog;
  readonly authenticator: Authenticator;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Networks whose `X-Forwarded-*` is believed; nobody's by default. */
  readonly trustedProxies?: readonly string[];
  /** Names in `Host` that are answered; all by default. */
  readonly host?: (name: string | undefined) => boolean;
  readonly limits?: Limits;
  /** Folder of the built console. */
  readonly build?: string;
  /** Told of every answer and its schema before it goes out: tests hold them against each other. */
  readonly checkAnswer?: (schema: unknown, answer: unknown) => void;
  /** Registers the routes under `/api/v1`. */
  readonly api: (app: FastifyTypeBox) => void;
  /** Registers what lies outside the API: health, readiness, metrics. */
  readonly outside?: (app: FastifyTypeBox) => void;
}

export interface App {
  readonly server: FastifyTypeBox;
  /** Every route with its permission or exemption. */
  readonly routes: readonly GuardedRoute[];
}

/** Requests larger than this are refused: the API takes no files. */
export const BODY_LIMIT = 1024 * 1024;

export async function buildApp(options: AppOptions): Promise<App> {
  const server = createFastify(options);
  registerProblems(server, { bodyLimit: BODY_LIMIT, onFault: refusalNotes(options.audit) });
  await registerSecurity(server, {
    build: options.build ?? consoleBuild,
    tls: options.tls !== undefined,
    ...(options.host && { host: options.host }),
  });
  await server.register(cookie);
  await registerLimits(server, options.limits ?? LIMITS);
  registerAuthentication(server, options.authenticator);
  const routes = registerGuard(server);
  registerTurns(server);
  await registerOpenApi(server);
  options.outside?.(server);
  await server.register(async (api) => options.api(api.withTypeProvider<TypeBoxTypeProvider>()), {
    prefix: '/api/v1',
  });
  await registerOpenApiPages(server);
  await registerConsole(server, options.build ?? consoleBuild);
  return { server, routes };
}

/** A Fastify that validates by TypeBox, answers JSON as it is, and logs no secrets. */
export function createFastify(
  options: Pick<AppOptions, 'log' | 'tls' | 'trustedProxies' | 'checkAnswer'>,
): FastifyTypeBox {
  const { tls, trustedProxies = [] } = options;
  const server = Fastify({
    loggerInstance: options.log as FastifyBaseLogger,
    bodyLimit: BODY_LIMIT,
    // Two lines a request would drown the rest; failures are logged where they are answered.
    logController: new LogController({
      disableRequestLogging: !['debug', 'trace'].includes(options.log.level),
    }),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // Request ids come from us alone: one from outside could forge lines of the log.
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: sendUnreadable,
    ...(tls && {
      https: { cert: readFileSync(tls.cert), key: readFileSync(tls.key), minVersion: 'TLSv1.2' },
    }),
  }) as unknown as FastifyTypeBox;
  // The rest of a body that was not read to its end lies in the connection, before whatever is asked next.
  server.addHook('onSend', async ({ raw }, reply) => {
    if (raw.readableDidRead && !raw.readableEnded) void reply.header('connection', 'close');
  });
  server.setValidatorCompiler(TypeBoxValidatorCompiler);
  // Answers are built field by field, and tests hold each against its schema; nothing is cut in silence here.
  server.setSerializerCompiler(({ schema }) => (data) => {
    options.checkAnswer?.(schema, data);
    return JSON.stringify(data);
  });
  return server.withTypeProvider<TypeBoxTypeProvider>();
}

/** Listens, and leaves it to the start's own lines to tell the addresses: Fastify's would come before them, as JSON. */
export async function listen(
  app: Pick<FastifyTypeBox, 'log' | 'listen'>,
  at: { readonly host: string; readonly port: number },
): Promise<void> {
  const { log } = app;
  const { level } = log;
  if (level === 'info') log.level = 'warn';
  try {
    await app.listen({ host: at.host, port: at.port });
  } finally {
    log.level = level;
  }
}
