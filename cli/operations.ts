/**
 * How a command reaches the data: over `$FENGHUO_HOME/control.sock` where a server runs, else by opening the stores
 * itself under the home's lock. Both ways run the same operation and audit it.
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FaultError, type ErrorCode, type Fault, type FaultDetail } from '#kernel/errors.js';
import type { Result } from '#kernel/result.js';
import { readConfig, type Config } from '#server/config.js';

import { runOffline } from '#server/offline.js';
import type { OperationName } from '#server/operations.js';
import type { Io } from './io.js';

/** Runs one operation; throws its fault. */
export async function operate(
  io: Io,
  name: OperationName,
  input: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const config = readConfig(io.env);
  const result = (await overSocket(config, name, input)) ?? (await runOffline(config, name, input));
  if (!result.ok) throw new FaultError(result.fault);
  return result.value as Record<string, unknown>;
}

/** Undefined where no server listens on the socket. */
async function overSocket(
  config: Config,
  name: string,
  input: unknown,
): Promise<Result<unknown> | undefined> {
  try {
    const { status, body } = await post(join(config.home, 'control.sock'), name, input);
    if (status < 400) return { ok: true, value: body };
    const problem = body as { code: ErrorCode; data?: Fault['data']; errors?: FaultDetail[] };
    return {
      ok: false,
      fault: {
        code: problem.code,
        ...(problem.data && { data: problem.data }),
        ...(problem.errors && { errors: problem.errors }),
      },
    };
  } catch (error) {
    if (['ENOENT', 'ECONNREFUSED'].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  }
}

function post(socketPath: string, name: string, input: unknown): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { socketPath, path: `/${name}`, method: 'POST', headers: { 'content-type': 'application/json' } },
      (answer) => {
        text(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 500, body: JSON.parse(body || '{}') }),
          reject,
        );
      },
    );
    sent.once('error', reject);
    sent.end(JSON.stringify(input));
  });
}
