/** Every shipped rule against its own cases: raw lines go through the real normalizer, field maps are taken as they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { severityRank } from '#kernel/vocabulary.js';
import { readCases, type Case } from '#detections/cases/case-file.js';
import { judgeCases } from '#detections/cases/judge-cases.js';
import { loadRuleSet } from '#detections/rule-set.js';
import { eventOf } from '../cli/rule-tests.js';
import { checkout, testData } from './data.js';

const folder = join(checkout, 'detections/rules');
const { ruleSet, diagnostics, failed } = await loadRuleSet([folder]);

function matchesOf(one: Case): string[] {
  const matches = ruleSet.match(eventOf(one), (rule, error) => {
    throw new Error(`${rule.file} failed`, { cause: error });
  });
  return matches.map(({ rule }) => rule.file);
}

describe('shipped rules', () => {
  it('are at least fifteen, and load without a word', () => {
    expect(diagnostics).toEqual([]);
    expect(failed).toBe(0);
    expect(ruleSet.rules.length).toBeGreaterThanOrEqual(15);
  });

  const words = /^[a-z][a-z0-9-]*\.[a-z0-9.-]+$/;
  describe.each(ruleSet.rules.map((rule) => [rule.file, rule] as const))('%s', (file, rule) => {
    const path = join(folder, file.replace(/\.yml$/, '.test.yml'));
    const text = readFileSync(path, 'utf8');

    it('says who wrote it, what it is about, in both languages', () => {
      expect(rule.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(rule.sigma.author).toBe('Fenghuo');
      expect(rule.sigma.license).toBe('Apache-2.0');
      expect(rule.sigma.description).toBeTruthy();
      expect(rule.sigma.titles['zh-CN']).toMatch(/\p{Script=Han}/u);
      expect(rule.sigma.descriptions['zh-CN']).toMatch(/\p{Script=Han}/u);
      expect(rule.sigma.falsePositives.length).toBeGreaterThan(0);
      expect(rule.sigma.tags.length).toBeGreaterThan(0);
      for (const tag of rule.sigma.tags) expect(tag).toMatch(words);
    });

    it('comes out as its cases say', () => {
      const { cases, diagnostics: wrong } = readCases(text, path);
      expect(wrong).toEqual([]);
      expect(judgeCases({ ruleSet, rules: [rule], eventOf }, cases, text, path)).toEqual([]);
    });
  });
});

/** Matches of a recording that comes along, by the file of the rule. */
function matchesIn(recording: string): ReadonlyMap<string, number> {
  const bytes = readFileSync(join(checkout, 'collector/recordings', `${recording}.ndjson.gz`));
  const counts = new Map<string, number>();
  for (const line of gunzipSync(bytes).toString('utf8').split('\n')) {
    if (line === '') continue;
    const { raw, format } = JSON.parse(line) as { raw: string; format: string };
    for (const file of matchesOf({ raw, format })) counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  return counts;
}

describe('recordings that come along', () => {
  it('raise several alerts on SSH, few of them high or critical', () => {
    const counts = matchesIn('ssh-brute-force');
    const matched = ruleSet.rules.filter(({ file }) => counts.has(file));
    const serious = matched.filter(({ level }) => severityRank(level) >= severityRank('high'));
    expect(matched.length).toBeGreaterThanOrEqual(5);
    expect(serious.length).toBeGreaterThanOrEqual(1);
    expect(serious.length).toBeLessThan(matched.length);
    expect(matched.some(({ level }) => level === 'critical')).toBe(true);
  });

  it('see the file that leaves by the names of DNS questions', () => {
    expect([...matchesIn('dns-tunnel').keys()]).toEqual(['dns/tunnel_names.yml']);
  });

  it('tell each step of the story in a cluster, and nothing of its usual talk', () => {
    const raising = new Set(
      ruleSet.rules.filter(({ level }) => level !== 'informational').map(({ file }) => file),
    );
    expect([...matchesIn('k8s-audit')].filter(([file]) => raising.has(file)).sort()).toEqual([
      ['kubernetes/admission_check_removed.yml', 1],
      ['kubernetes/anonymous_answered.yml', 1],
      ['kubernetes/cluster_admin_bound.yml', 1],
      ['kubernetes/exec_into_pod.yml', 1],
      ['kubernetes/host_path_mounted.yml', 1],
      ['kubernetes/privileged_pod.yml', 1],
      ['kubernetes/secrets_listed_by_workload.yml', 4],
    ]);
  });
});

const catalogue = testData('attack-techniques-v18.1.json');
catalogue.when.describe('the techniques that shipped rules name', () => {
  it('are in the ATT&CK catalogue', () => {
    const text = readFileSync(catalogue.path, 'utf8');
    for (const rule of ruleSet.rules)
      for (const tag of rule.sigma.tags) {
        const technique = /^attack\.(t\d{4}(?:\.\d{3})?)$/.exec(tag)?.[1];
        if (technique) expect(text, `${rule.file}: ${tag}`).toContain(`"${technique.toUpperCase()}"`);
      }
  });
});
