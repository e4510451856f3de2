/** Where a command's rules lie. `--rules DIR…` takes every rule folder that follows it; what comes after is a file to read. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type { RuleCachePlace } from '#detections/rule-cache.js';
import { ownRules } from '#server/paths.js';
import { ruleProgram } from '#server/rule-program.js';
import type { Io } from './io.js';

export interface RulePlaces {
  readonly folders: readonly string[];
  readonly pipelines: readonly string[];
}

/** Without named folders: the rules that come along, and what the environment names. */
export function rulePlaces(
  named: readonly string[],
  pipelines: readonly string[] | undefined,
  { env }: Pick<Io, 'env'>,
): RulePlaces {
  const listed = (name: string): string[] => (env[name] ?? '').split(delimiter).filter((path) => path !== '');
  return {
    folders: named.length > 0 ? named : [ownRules, ...listed('FENGHUO_RULES')],
    pipelines: pipelines ?? (named.length > 0 ? [] : listed('FENGHUO_PIPELINES')),
  };
}

/** Where commands keep what they read of rules: the user's cache folder (XDG Base Directory Specification 0.8). */
export function ruleCache({ env }: Pick<Io, 'env'>): RuleCachePlace {
  const named = env['XDG_CACHE_HOME'] ?? '';
  const caches = isAbsolute(named) ? named : join(homedir(), '.cache');
  return { folder: join(caches, 'fenghuo'), program: ruleProgram() };
}

/**
 * Rewrites `--rules a b file` to `--rules a --rules b file`, so that every folder directly behind the option which
 * holds rules is one of its values. The last word is never taken: a scan needs a file.
 */
export function spreadRules(words: readonly string[]): readonly string[] {
  const spread: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    spread.push(word);
    if (word !== '--rules' || words[at + 1] === undefined) continue;
    spread.push(words[++at] as string);
    while (at + 2 < words.length && !words[at + 1]?.startsWith('-') && holdsRules(words[at + 1] as string))
      spread.push('--rules', words[++at] as string);
  }
  return spread;
}

/** A folder of which the first YAML file has a `detection`. */
function holdsRules(path: string): boolean {
  try {
    if (!statSync(path).isDirectory()) return false;
    const first = readdirSync(path, { recursive: true })
      .map(String)
      .find((name) => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name));
    return first !== undefined && /^detection:/m.test(readFileSync(join(path, first), 'utf8'));
  } catch {
    return false;
  }
}
