/** Every failure of the API as an RFC 9457 problem with a stable code; nothing of the inside goes out. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, FaultError, fault, sentenceOf, type Fault, type FaultDetail } from '#kernel/errors.js';
import type { Result } from '#kernel/result.js';
import type { Problem } from '#kernel/schema/pieces.js';

/** Longest list of single findings in one answer. */
const MAX_DETAILS = 50;

export function problemOf(failure: Fault, requestId?: string): Problem {
  const { status } = ERRORS[failure.code];
  const sentence = sentenceOf(failure);
  return {
    type: `urn:fenghuo:problem:${failure.code}`,
    title: sentence.charAt(0).toUpperCase() + sentence.slice(1),
    status,
    code: failure.code,
    remedy: sentenceOf(failure, 'remedy'),
    ...(requestId && { requestId }),
    ...(failure.data && { data: { ...failure.data } }),
    ...(failure.errors && { errors: failure.errors.slice(0, MAX_DETAILS).map((detail) => ({ ...detail })) }),
  };
}

/** Gives the value, or throws the fault for the error handler to answer. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new FaultError(result.fault);
}

/** Ends a request with a fault. */
export function refuse(...parts: Parameters<typeof fault>): never {
  throw new FaultError(fault(...parts));
}

export function notFound(what: string, id: string): never {
  return refuse('not_found', { what, id: id.slice(0, 100) });
}

export async function sendProblem(reply: FastifyReply, failure: Fault): Promise<void> {
  const problem = problemOf(failure, reply.request.id);
  if (failure.code === 'too_many_requests')
    void reply.header('retry-after', String(failure.data?.['seconds'] ?? 1));
  if (failure.code === 'not_authenticated') void reply.header('www-authenticate', 'ApiKey');
  await reply.code(problem.status).type('application/problem+json').send(problem);
}

/** The fault behind anything that a handler, a hook or Fastify itself threw. */
export function faultOf(error: unknown, bodyLimit: number): Fault {
  if (error instanceof FaultError) return error.fault;
  const known = error as Partial<FastifyError>;
  if (known.validation)
    return fault('invalid_request', undefined, known.validation.flatMap(detailsOf(known.validationContext)));
  if (known.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return fault('too_large', { limit: bodyLimit });
  if (typeof known.statusCode === 'number' && known.statusCode >= 400 && known.statusCode < 500)
    return fault('invalid_request', undefined, [
      { message: (known.message ?? 'the request is not readable').slice(0, 300), at: '' },
    ]);
  return fault('internal');
}

type Finding = NonNullable<FastifyError['validation']>[number];

/** One detail for each field: a missing one is named by where it should be. */
function detailsOf(context: string | undefined) {
  return ({ params, instancePath, message, keyword }: Finding): FaultDetail[] => {
    const place = context && context !== 'body' ? `${context}: ` : '';
    const missing = [params['requiredProperties'] ?? params['missingProperty'] ?? []].flat();
    if (missing.length > 0)
      return missing.map((name) => ({
        message: `${place}is required`,
        at: `${instancePath}/${String(name)}`,
      }));
    const extra = [params['additionalProperties'] ?? params['additionalProperty'] ?? []].flat();
    if (extra.length > 0)
      return extra.map((name) => ({
        message: `${place}is not known here`,
        at: `${instancePath}/${String(name)}`,
      }));
    // TypeBox reports an unknown member once more as its schema `false`.
    return keyword === 'boolean' ? [] : [{ message: `${place}${message ?? keyword}`, at: instancePath }];
  };
}

/** Headers of an answer that is given before any hook runs: nothing of it is ever shown as a page. */
const BARE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

/** Answers an address that cannot even be looked up (broken escapes, endless parts): for Fastify's `frameworkErrors`. */
export function sendUnreadable(
  { statusCode = 400 }: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const failure = fault('invalid_request', undefined, [{ message: 'the address cannot be read', at: '' }]);
  const problem = { ...problemOf(failure, request.id), status: statusCode };
  void reply
    .code(statusCode)
    .headers(BARE_HEADERS)
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

export interface ProblemOptions {
  readonly bodyLimit: number;
  /** Told of every failure before it is answered. */
  readonly onFault?: (request: FastifyRequest, failure: Fault) => Promise<void>;
}

/** Sets the error handler, and the answer for addresses that are not there. */
export function registerProblems(app: FastifyInstance, options: ProblemOptions): void {
  app.setErrorHandler(async (error: unknown, request: FastifyRequest, reply) => {
    const failure = faultOf(error, options.bodyLimit);
    // Whoever asked has gone: nobody reads the answer, and nothing has failed.
    if ((error as Error | undefined)?.name === 'AbortError' && request.signal.aborted) return reply.hijack();
    if (ERRORS[failure.code].status >= 500)
      request.log.error({ err: error, code: failure.code }, 'request failed');
    await options
      .onFault?.(request, failure)
      .catch((err: unknown) => request.log.error({ err, code: failure.code }, 'refusal not noted'));
    await sendProblem(reply, failure);
  });
}
