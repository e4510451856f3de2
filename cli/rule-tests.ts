/** Runs the cases that lie beside rule files: raw logs go through the normalizers that the server uses. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '#kernel/event.js';
import type { Diagnostic } from '#kernel/schema/rule.js';
import { LIVE, ROOT_UNIT } from '#kernel/scope.js';
import { normalize } from '#collector/normalizers/normalize.js';
import { recordFormat } from '#collector/normalizers/record.js';
import { readCases, type Log } from '#detections/cases/case-file.js';
import { judgeCases } from '#detections/cases/judge-cases.js';
import type { DetectionRule, SigmaRuleSet } from '#detections/rule-set.js';

export interface TestedRules {
  /** Case files that were read. */
  readonly files: number;
  readonly cases: number;
  readonly failed: number;
  /** A rule file without cases is a warning. */
  readonly diagnostics: readonly Diagnostic[];
}

export async function testRules(ruleSet: SigmaRuleSet): Promise<TestedRules> {
  const byFile = new Map<string, DetectionRule[]>();
  for (const rule of ruleSet.rules) {
    const path = join(rule.folder, rule.file);
    byFile.set(path, [...(byFile.get(path) ?? []), rule]);
  }
  const diagnostics: Diagnostic[] = [];
  let files = 0;
  let cases = 0;
  let failed = 0;
  for (const [path, rules] of byFile) {
    const casePath = path.replace(/\.ya?ml$/, '.test.yml');
    let text: string;
    try {
      text = await readFile(casePath, 'utf8');
    } catch (error) {
      diagnostics.push(unread(path, casePath, error));
      continue;
    }
    files += 1;
    const read = readCases(text, casePath);
    const told = judgeCases({ ruleSet, rules, eventOf }, read.cases, text, casePath);
    cases += read.cases.length;
    failed += told.length;
    diagnostics.push(...read.diagnostics, ...told);
  }
  return { files, cases, failed, diagnostics };
}

/** The event of a case, received at a fixed moment. */
export function eventOf(one: Log): Event {
  const receivedMs = Date.UTC(2026, 10, 22, 12);
  const made = normalize(
    { text: one.raw ?? '' },
    {
      receivedMs,
      unit: ROOT_UNIT,
      realm: LIVE,
      classification: 1,
      source: 'src_case',
      format: recordFormat(one.format),
    },
  );
  return { ...made, fields: one.fields ?? made.fields, id: 'evt_case', seq: 1, ingestedMs: receivedMs };
}

function unread(path: string, casePath: string, error: unknown): Diagnostic {
  const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return {
    code: absent ? 'test.file.missing' : 'test.file.unreadable',
    severity: absent ? 'warning' : 'error',
    message: absent ? 'the rule has no cases' : `\`${casePath}\` cannot be read: ${String(error)}`,
    hint: absent ? `write \`${casePath}\`; see docs/rules.md` : 'check that it may be read',
    file: absent ? path : casePath,
    line: 1,
    column: 1,
  };
}
