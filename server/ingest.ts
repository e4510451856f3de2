/** The ingest address: a Fastify of its own, with keys off loopback and a source record for each key. */
import type { FastifyRequest } from 'fastify';
import { FaultError, fault } from '#kernel/errors.js';
import type { Journal } from '#kernel/ports/journal.js';
import { fail, ok, type Result } from '#kernel/result.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { httpIngest, ingestListenFault, type Admission } from '#collector/sources/http.js';
import { authorize, authorizeSystem, type Principal } from '#trust/access/authorize.js';
import { namesLoopback, printAddress, type Address } from './address.js';
import { createFastify, listen, type AppOptions } from './app.js';
import type { Ground } from './ground.js';
import type { Metrics } from './metrics.js';
import type { Authenticator } from './plugins/authentication.js';
import type { SourceRecords } from './source-records.js';

export interface IngestOptions extends Pick<AppOptions, 'tls' | 'trustedProxies'> {
  readonly ground: Ground;
  readonly journal: Journal;
  readonly sources: SourceRecords;
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
  readonly at: Address;
  /** Senders without a key write into the top unit. */
  readonly keyless: boolean;
}

export interface RunningIngest {
  readonly address: Address;
  stop(): Promise<void>;
}

/** Throws `port_in_use`, `config_invalid`. */
export async function startIngest(options: IngestOptions): Promise<RunningIngest> {
  const { ground, journal, sources, at } = options;
  const app = createFastify({ ...options, log: ground.log.child({ part: 'ingest' }) });
  options.metrics.measure(app, 'ingest');
  const admit = createAdmission(options);
  await app.register(httpIngest, {
    intake: journal,
    authorize: admit,
    observe: (id: string) => sources.observer(id),
    clock: ground.clock,
  });
  try {
    await listen(app, at);
  } catch (error) {
    await app.close();
    throw new FaultError(ingestListenFault(error as NodeJS.ErrnoException, printAddress(at)), {
      cause: error,
    });
  }
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound ? bound.port : at.port;
  return { address: { host: at.host, port }, stop: async () => app.close() };
}

/** Keys that are shown are always checked, also where none is needed: a wrong key is a mistake to be told. */
export function createAdmission({
  sources,
  authenticator,
  keyless,
}: Pick<IngestOptions, 'sources' | 'authenticator' | 'keyless'>): (
  request: FastifyRequest,
) => Promise<Result<Admission>> {
  const known = new Map<string, Admission>();
  const { actor } = authorizeSystem('ingest');

  async function admission(
    place: Omit<Admission, 'sourceId'>,
    target: string,
    name: string,
  ): Promise<Admission> {
    const there = known.get(target);
    if (there && there.unit === place.unit) return there;
    const { value } = await sources.ensure({ kind: 'http', name, target, ...place }, actor);
    sources.observer(value.id).state('running');
    const made = { ...place, sourceId: value.id };
    known.set(target, made);
    return made;
  }

  return async (request) => {
    if (isOfPage(request)) return fail(fault('wrong_origin'));
    const secret = secretOf(request);
    if (secret === undefined) {
      const open =
        keyless && request.headers.authorization === undefined && namesLoopback(request.headers.host);
      if (!open) return fail(fault('not_authenticated'));
      return ok(await admission({ unit: ROOT_UNIT, realm: LIVE, classification: 1 }, 'default', 'HTTP'));
    }
    const principal: Principal | undefined = await authenticator.key(secret, request.ip);
    if (principal?.kind !== 'key') return fail(fault('not_authenticated'));
    const { key } = principal;
    const granted = authorize(principal, 'ingest', { realm: key.realm });
    if (!granted.ok) return granted;
    const place = { unit: key.unit, realm: key.realm, classification: key.classification };
    return ok(await admission(place, key.id, `HTTP · ${key.name}`));
  };
}

/**
 * Sent by a page in somebody's browser, which reaches loopback as well as we do and needs no preflight for plain text.
 * Shippers send neither header; `none` is an address that a person typed.
 */
function isOfPage({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return headers.origin !== undefined || (site !== undefined && site !== 'none');
}

/** `ApiKey …` (also as the base64 of `id:key` that Elastic's clients make), or Basic with the key as password. */
function secretOf({ headers }: FastifyRequest): string | undefined {
  const [, scheme, value] = /^(ApiKey|Basic|Bearer)\s+(\S{1,1000})$/i.exec(headers.authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() !== 'basic') return value;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
