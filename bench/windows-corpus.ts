/** The Windows rules of the corpus in a folder of their own, as rsigma wants them. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '#test/programs.js';
import { sigmaRules, unpack, type Unpacked } from '#test/sigma-corpus.js';

/** rsigma, where it is installed (`cargo install rsigma`) or named by `RSIGMA`. */
export const rsigma = process.env['RSIGMA'] ?? findProgram('rsigma').path;

/** What rsigma is told of the log sources that the lines name. */
export const ROUTING = [
  '--logsource-routing',
  '--logsource-field-map',
  'product=product,service=service,category=category',
];

export function windowsCorpus(): Unpacked {
  const corpus = unpack(sigmaRules.path);
  for (const other of readdirSync(join(corpus.folder, 'rules')))
    if (other !== 'windows') rmSync(join(corpus.folder, 'rules', other), { recursive: true });
  for (const other of ['rules-compliance', 'rules-placeholder', 'unsupported'])
    rmSync(join(corpus.folder, other), { recursive: true, force: true });
  return corpus;
}
