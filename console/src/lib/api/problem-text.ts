/** A problem in the reader's language: by its code, else the server's own sentence and remedy. */
import { textOf, wordOf } from '$lib/text/words.js';
import type { ApiProblem } from './answer.js';

export interface ProblemText {
  readonly sentence: string;
  readonly remedy: string;
}

/** Data of a problem that are words of ours are said in the reader's language. */
function fillOf(problem: ApiProblem): Record<string, string> {
  const fill: Record<string, string> = {};
  for (const [name, value] of Object.entries(problem.data ?? {})) {
    const text = String(value);
    if (name === 'what') fill[name] = wordOf('noun', text);
    else if (name === 'reason' && problem.data?.['cause'])
      fill[name] = textOf(`cause_${problem.data['cause']}`) ?? text;
    else if (problem.code === 'roles_conflict') fill[name] = wordOf('role', text);
    else if (problem.code === 'invalid_transition') {
      fill[name] = text
        .split(/,\s*/)
        .map((word) => stageOrStatus(word))
        .join(', ');
    } else fill[name] = text;
  }
  return fill;
}

function stageOrStatus(word: string): string {
  return textOf(`stage_${word}`) ?? textOf(`status_${word}`) ?? word;
}

/** Undefined where the message needs data that the server did not send: its own sentence then says more. */
function filled(key: string, fill: Record<string, string>): string | undefined {
  let missing = false;
  const watched = new Proxy(fill, {
    get(target, name) {
      if (typeof name !== 'string') return undefined;
      if (!(name in target)) missing = true;
      return target[name] ?? '';
    },
  });
  const text = textOf(key, watched);
  return missing ? undefined : text;
}

export function problemText(problem: ApiProblem): ProblemText {
  const fill = fillOf(problem);
  const cause = problem.data?.['cause'];
  const [first] = problem.errors ?? [];
  if (problem.code === 'invalid_query' && first) fill['reason'] = findingText(first).sentence;
  return {
    sentence: filled(`error_${problem.code}`, fill) ?? problem.detail ?? problem.title,
    remedy:
      (cause !== undefined && filled(`cause_${cause}_remedy`, { group: '', ...fill })) ||
      (filled(`error_${problem.code}_remedy`, fill) ?? problem.remedy),
  };
}

/** What a record keeps of a fault: a source's problem, a job's end. */
export interface KeptFault {
  readonly code: string;
  readonly message: string;
  readonly remedy?: string;
  readonly data?: Readonly<Record<string, string | number>> | undefined;
}

export function faultText({ code, message, remedy = '', data }: KeptFault): ProblemText {
  return problemText({ type: '', status: 0, code, title: message, remedy, ...(data && { data }) });
}

type Finding = NonNullable<ApiProblem['errors']>[number];

/** One finding of a problem, by its own code where it has one. */
export function findingText({ code, data, message, remedy = '' }: Finding): ProblemText {
  if (!code) return { sentence: message, remedy };
  const fill = Object.fromEntries(Object.entries(data ?? {}).map(([name, value]) => [name, String(value)]));
  return {
    sentence: filled(`finding_${code}`, fill) ?? message,
    remedy: filled(`finding_${code}_remedy`, fill) ?? remedy,
  };
}
