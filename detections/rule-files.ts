/** The files of rule folders, by the real folders alone: which are rules, and which are pipelines. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { isPipelineName, readPipeline, type Pipeline } from './sigma/pipeline/file.js';
import { joinPipelines, type Pipelines } from './sigma/pipeline/join.js';

/**
 * Paths relative to the folder, with `/`, sorted. A link may stand for a file, but is not followed as a folder: one that
 * leads upwards, or to `/`, would keep a start busy for ever. Throws where the folder itself cannot be read.
 */
export function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) walk(name);
      else found.push(name);
    }
  };
  walk('');
  return found.sort();
}

/** Files of one folder, by their paths within it. */
export interface FolderFiles {
  readonly folder: string;
  readonly names: readonly string[];
}

/** Takes what cannot be read. */
export type Refuse = (problem: Diagnostic) => void;

/** The YAML files below a folder, but cases; a file that was named itself is the one file of its folder. */
export function listRuleFiles(path: string, refuse: Refuse): FolderFiles {
  try {
    if (statSync(path).isFile()) return { folder: dirname(path), names: [basename(path)] };
    const names = filesBelow(path);
    return {
      folder: path,
      names: names.filter((name) => /\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name)),
    };
  } catch (error) {
    refuse(unreadable(path, error));
    return { folder: path, names: [] };
  }
}

/** Undefined where it cannot be read. At once: for thousands of small files, promises take ten times as long. */
export function readRuleText(path: string, refuse: Refuse): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    refuse(unreadable(path, error));
    return undefined;
  }
}

/**
 * The pipelines among the files of the rule folders, then those that are named: files of any name, or folders. Each file
 * counts once.
 */
export function loadPipelines(
  listed: readonly FolderFiles[],
  named: readonly string[],
  refuse: Refuse,
): Pipelines {
  const found = new Map<string, string>();
  const take = ({ folder, names }: FolderFiles): void => {
    for (const name of names) if (!found.has(join(folder, name))) found.set(join(folder, name), name);
  };
  for (const { folder, names } of listed) take({ folder, names: names.filter(isPipelineName) });
  for (const path of named) {
    const { folder, names } = listRuleFiles(path, refuse);
    take({ folder, names: folder === path ? names.filter(isPipelineName) : names });
  }
  const pipelines: Pipeline[] = [];
  for (const [path, name] of found) {
    const text = readRuleText(path, refuse);
    if (text === undefined) continue;
    const read = readPipeline(text, path, name);
    read.diagnostics.forEach(refuse);
    if (read.pipeline) pipelines.push(read.pipeline);
  }
  return joinPipelines(pipelines);
}

function unreadable(path: string, error: unknown): Diagnostic {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return {
    code: 'sigma.file.unreadable',
    severity: 'error',
    message: `\`${path}\` cannot be read: ${reason}`,
    hint: 'check that it is there and that the server may read it',
    file: path,
    line: 1,
    column: 1,
  };
}
