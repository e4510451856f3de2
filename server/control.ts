/** The control socket in the home (0600), over which the `fenghuo` command asks a running server. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { ERRORS, FaultError, fault } from '#kernel/errors.js';
import { fail, type Result } from '#kernel/result.js';
import { runOperation, type OperationParts } from './operations.js';
import { problemOf } from './problems.js';

const MOST_BYTES = 64 * 1024;

export interface ControlSocket {
  stop(): Promise<void>;
}

/** The caller holds the home's lock, so a socket that lies there is a dead server's. */
export async function openControlSocket(
  home: string,
  parts: OperationParts,
  log: Logger,
): Promise<ControlSocket> {
  const path = join(home, 'control.sock');
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    void answer(request, name, parts, log).then((result) => {
      const body = result.ok ? (result.value ?? {}) : problemOf(result.fault);
      response.writeHead(result.ok ? 200 : ERRORS[result.fault.code].status, {
        'content-type': 'application/json',
      });
      response.end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // The home itself is 0700; this holds where somebody widened it.
  chmodSync(path, 0o600);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  name: string,
  parts: OperationParts,
  log: Logger,
): Promise<Result<unknown>> {
  try {
    if (request.method !== 'POST')
      return fail(fault('invalid_request', undefined, [{ message: 'only POST' }]));
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request) {
      bytes += (chunk as Buffer).length;
      if (bytes > MOST_BYTES) return fail(fault('too_large', { limit: MOST_BYTES }));
      chunks.push(chunk as Buffer);
    }
    const input: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
    return await runOperation(parts, name, input);
  } catch (error) {
    if (error instanceof FaultError) return fail(error.fault);
    if (error instanceof SyntaxError)
      return fail(fault('invalid_request', undefined, [{ message: 'not JSON' }]));
    log.error({ err: error, operation: name }, 'a control operation failed');
    return fail(fault('internal'));
  }
}
