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
  return {
    sentence: filled(`error_${problem.code}`, fill) ?? problem.detail ?? problem.title,
    remedy: filled(`error_${problem.code}_remedy`, fill) ?? problem.remedy,
  };
}
