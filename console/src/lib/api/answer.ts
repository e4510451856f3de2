/** What a call to the server ends in: a value, or a problem; never an exception. */
import type { ErrorCode } from '#kernel/errors.js';
import type { Problem } from '#kernel/schema/pieces.js';

/** Failures that only the caller's side can know. */
export const CLIENT_CODES = ['unreachable', 'unreadable'] as const;
export type ClientCode = (typeof CLIENT_CODES)[number];

/** A problem as the console holds it. `code` is one of ours, or a newer server's that we do not know. */
export type ApiProblem = Omit<Problem, 'code'> & { code: ErrorCode | ClientCode | (string & {}) };

export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: ApiProblem };

export function clientProblem(code: ClientCode, status: number, detail?: string): ApiProblem {
  return { type: 'about:blank', title: code, status, code, remedy: '', ...(detail && { detail }) };
}
