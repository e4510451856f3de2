/**
 * The ingest address as a Fastify plugin: Elasticsearch's `_bulk` with what shippers ask first, single documents, and
 * plain lines at `/ingest`. "Accepted" is answered only after the journal has taken the events.
 *
 * Templates, lifecycle policies, pipelines, data streams and indices may be asked for and put: they exist, and
 * putting them is acknowledged and changes nothing, because events have one form here.
 */
import { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '#kernel/clock.js';
import { ERRORS, fault, FaultError, sentenceOf, type Fault } from '#kernel/errors.js';
import type { Intake } from '#kernel/ports/journal.js';
import { recordsIn } from '../decoders/envelope.js';
import type { NormalizeContext, RawRecord } from '../normalizers/record.js';
import { recordFormat } from '../normalizers/record.js';
import { narrowUnit, UNIT_HEADER, type Admission, type Authorize } from './http/admission.js';
import { BODY_LIMITS, readChunks, readLines, type BodyLimits } from './http/body.js';
import { BulkRequest, type BulkItem } from './http/bulk.js';
import { clusterInfo, elasticError, elasticFault, HEALTH, LICENSE, XPACK } from './http/elastic.js';
import { filterPath } from './http/filter-path.js';
import { LinesRequest } from './http/lines.js';
import type { SourceObserver } from './observer.js';
import { systemClock } from './placement.js';
import { textRecord } from './text-record.js';

export type { Admission, Authorize };

export interface HttpIngestOptions {
  readonly intake: Intake;
  readonly authorize: Authorize;
  /** The observer of the source record that an admission names. */
  readonly observe: (sourceId: string) => SourceObserver;
  readonly clock?: Clock;
  readonly limits?: Partial<BodyLimits>;
  /** Name of this node in `GET /`. Default `fenghuo`. */
  readonly nodeName?: string;
}

const SECONDS_TO_RETRY = '1';
/** What shippers look for and set up before they write. */
const ACKNOWLEDGED = [
  '_index_template',
  '_template',
  '_component_template',
  '_ilm/policy',
  '_ingest/pipeline',
  '_data_stream',
  '_alias',
];

export function httpIngest(
  app: FastifyInstance,
  options: HttpIngestOptions,
  done: (error?: Error) => void,
): void {
  const clock = options.clock ?? systemClock;
  const limits = { ...BODY_LIMITS, ...options.limits };
  const admissions = new WeakMap<FastifyRequest, Admission>();

  // Bodies are read as streams, whatever their type is called.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));

  app.addHook('onRequest', async (request, reply) => {
    // Elastic's clients refuse to talk to anything that does not say this.
    reply.header('x-elastic-product', 'Elasticsearch');
    const admitted = await options.authorize(request);
    const narrowed = admitted.ok ? narrowUnit(admitted.value, request.headers[UNIT_HEADER]) : admitted;
    if (!narrowed.ok) return answerFault(request, reply, narrowed.fault);
    admissions.set(request, narrowed.value);
    return undefined;
  });
  app.addHook('preSerialization', (request, _reply, payload, next) => {
    const filter = (request.query as { filter_path?: unknown }).filter_path;
    if (typeof filter === 'string' && filter !== '') next(null, filterPath(payload, filter) ?? {});
    else next(null, payload);
  });
  app.setErrorHandler((error, request, reply) => {
    if (error instanceof FaultError) return answerFault(request, reply, error.fault);
    const { statusCode = 500, message } = error as Partial<FastifyError>;
    if (statusCode < 500)
      return reply
        .code(statusCode)
        .send(elasticError(statusCode, 'illegal_argument_exception', (message ?? '').slice(0, 200)));
    // Nothing of the inside goes out.
    request.log.error({ err: error }, 'request failed');
    return answerFault(request, reply, fault('internal'));
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(400)
      .send(
        elasticError(
          400,
          'illegal_argument_exception',
          `no handler found for uri [${request.url.slice(0, 200)}] and method [${request.method}]`,
        ),
      ),
  );

  const admissionOf = (request: FastifyRequest): Admission => admissions.get(request) as Admission;
  const contextOf = (request: FastifyRequest): (() => NormalizeContext) => {
    const { unit, realm, classification, sourceId } = admissionOf(request);
    const format = recordFormat((request.query as { format?: string }).format);
    return () => ({ unit, realm, classification, source: sourceId, format, receivedMs: clock.nowMs() });
  };
  const writing = (request: FastifyRequest) => ({
    intake: options.intake,
    observer: options.observe(admissionOf(request).sourceId),
    context: contextOf(request),
    nowMs: () => clock.nowMs(),
  });
  const bodyOf = (request: FastifyRequest) =>
    [(request.body ?? request.raw) as Readable, request.headers['content-encoding'], limits] as const;

  const bulk = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const startedMs = clock.nowMs();
    const { index } = request.params as { index?: string };
    const work = new BulkRequest({
      ...writing(request),
      mostOperations: limits.operations,
      ...(index !== undefined && { defaultIndex: index }),
    });
    for await (const lines of readLines(...bodyOf(request))) {
      const malformed = await work.take(lines);
      if (malformed) return reply.code(malformed.status).send(malformed);
    }
    const result = await work.finish(startedMs);
    if (!result.ok) return answerFault(request, reply, result.fault);
    const { took, errors, items } = result;
    if (items.length === 0)
      return reply.code(400).send(elasticError(400, 'parse_exception', 'request body is required'));
    return { took, errors, items };
  };
  for (const path of ['/_bulk', '/_bulk/', '/:index/_bulk', '/:index/_bulk/'])
    app.route({ method: ['POST', 'PUT'], url: path, handler: bulk });

  /** One document is a bulk of one. */
  const document =
    (operation: 'create' | 'index') => async (request: FastifyRequest, reply: FastifyReply) => {
      const { index, id } = request.params as { index: string; id?: string };
      const work = new BulkRequest({ ...writing(request), mostOperations: 1, defaultIndex: index });
      const chunks: Buffer[] = [];
      for await (const chunk of readChunks(...bodyOf(request))) chunks.push(chunk);
      // The document may be written over several lines; within a bulk it is one.
      const bytes = Buffer.concat(chunks);
      const cut = bytes.length > limits.lineBytes;
      const action = Buffer.from(
        JSON.stringify({ [operation]: { _index: index, ...(id !== undefined && { _id: id }) } }),
      );
      await work.take([
        { bytes: action },
        cut ? { bytes: bytes.subarray(0, limits.lineBytes), cutFrom: bytes.length } : { bytes },
      ]);
      const result = await work.finish(clock.nowMs());
      if (!result.ok) return answerFault(request, reply, result.fault);
      const item = (result.items[0] as Record<string, BulkItem>)[operation] as BulkItem;
      const { status, error, ...rest } = item;
      return reply.code(status).send(error ? elasticError(status, error.type, error.reason) : rest);
    };
  app.post('/:index/_doc', document('index'));
  app.route({ method: ['POST', 'PUT'], url: '/:index/_doc/:id', handler: document('index') });
  app.route({ method: ['POST', 'PUT'], url: '/:index/_create/:id', handler: document('create') });

  app.post('/ingest', async (request, reply) => {
    const work = new LinesRequest({ ...writing(request), mostRecords: limits.records });
    const refused = isJson(request)
      ? await takeJson(work, bodyOf(request))
      : await takeLines(work, bodyOf(request));
    const { accepted, errors, unread } = work;
    if (refused) return answerFault(request, reply, refused, { accepted });
    return { accepted, errors, ...(errors > 0 && { unread }) };
  });

  app.get('/', () => clusterInfo(options.nodeName ?? 'fenghuo'));
  app.get('/_license', () => LICENSE);
  app.get('/_xpack', () => XPACK);
  app.get('/_cluster/health', () => HEALTH);
  app.get('/_nodes/http', () => ({ cluster_name: 'fenghuo', nodes: {} }));
  app.get('/_nodes', () => ({ cluster_name: 'fenghuo', nodes: {} }));
  for (const path of ACKNOWLEDGED) {
    app.get(`/${path}/*`, (request) => ({ [(request.params as { '*': string })['*']]: {} }));
    app.route({ method: ['PUT', 'POST'], url: `/${path}/*`, handler: () => ({ acknowledged: true }) });
  }
  app.head('/:index', (_request, reply) => reply.code(200).send());
  app.put('/:index', (request) => ({
    acknowledged: true,
    shards_acknowledged: true,
    index: (request.params as { index: string }).index,
  }));
  done();
}

type Body = readonly [Readable, string | undefined, BodyLimits];

function isJson(request: FastifyRequest): boolean {
  return /^application\/json\b/i.test(request.headers['content-type'] ?? '');
}

async function takeLines(work: LinesRequest, body: Body): Promise<Fault | undefined> {
  for await (const lines of readLines(...body)) {
    const refused = await work.take(lines);
    if (refused) return refused;
  }
  return work.finish();
}

/** `application/json` is one object, a list or an envelope of them, over any number of lines; what is none is read by lines. */
async function takeJson(work: LinesRequest, [stream, encoding, limits]: Body): Promise<Fault | undefined> {
  const chunks: Buffer[] = [];
  const bounded = { ...limits, bodyBytes: Math.min(limits.bodyBytes, limits.jsonBytes) };
  for await (const chunk of readChunks(stream, encoding, bounded)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
    // What nests too deeply to be written again is kept as it came.
    if (bytes.length > limits.lineBytes) JSON.stringify(value);
    else if (Array.isArray(value)) for (const item of value) if (Array.isArray(item)) JSON.stringify(item);
  } catch {
    return takeLines(work, [Readable.from([bytes]), undefined, limits]);
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : (recordsIn(value) ?? [value]);
  for (const item of list) {
    const record = recordOf(item, bytes.length > limits.lineBytes ? limits.lineBytes : Infinity);
    const refused = await work.record(record, Math.round(bytes.length / list.length));
    if (refused) return refused;
  }
  return work.finish();
}

/** One item of a JSON text; what is longer than a line may be is cut as a line is. */
function recordOf(item: unknown, mostBytes: number): RawRecord {
  const object = typeof item === 'object' && item !== null && !Array.isArray(item);
  if (object && mostBytes === Infinity) return { value: item as Record<string, unknown> };
  const bytes = Buffer.from(JSON.stringify(item));
  if (bytes.length > mostBytes)
    return textRecord({ bytes: bytes.subarray(0, mostBytes), cutFrom: bytes.length });
  return object
    ? { value: item as Record<string, unknown> }
    : { text: bytes.toString(), problem: 'JSON, but no object' };
}

/** Elasticsearch's form of an error, but RFC 9457 for our own address. */
function answerFault(
  request: FastifyRequest,
  reply: FastifyReply,
  problem: Fault,
  data: Record<string, number> = {},
): FastifyReply {
  const { status } = ERRORS[problem.code];
  if (status === 429 || status === 503) reply.header('retry-after', SECONDS_TO_RETRY);
  if (status === 401) reply.header('www-authenticate', 'ApiKey realm="fenghuo"');
  reply.code(status);
  if (!request.url.startsWith('/ingest')) return reply.send(elasticFault(problem));
  return reply.type('application/problem+json').send({
    type: `urn:fenghuo:problem:${problem.code}`,
    title: sentenceOf(problem),
    status,
    code: problem.code,
    remedy: sentenceOf(problem, 'remedy'),
    data: { ...problem.data, ...data },
  });
}

/** The fault of a listener, for whoever starts the server. */
export function ingestListenFault(error: NodeJS.ErrnoException, address: string): Fault {
  if (error.code === 'EADDRINUSE') return fault('port_in_use', { address, variable: 'FENGHUO_INGEST' });
  return fault('config_invalid', {
    name: 'FENGHUO_INGEST',
    reason: `cannot listen on ${address}: ${error.code ?? error.message}`,
    how: 'use an address of this machine',
  });
}
