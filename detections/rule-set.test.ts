import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hashOfText } from './gathered-rules.js';
import { loadRuleSet, RuleFileCache, ruleSetOf, type LoadedRuleSet } from './rule-set.js';
import { watchRuleSet, type WatchTimers } from './rule-watch.js';

const rule = (id: string, value: string, more = ''): string =>
  `title: Rule ${id}\nid: ${id}\nlogsource: { product: test }\ndetection:\n  s: { a: '${value}' }\n  condition: s\nlevel: low\n${more}`;
const event = (a: string) => ({ fields: { 'event.module': 'test', a } });
const fail = (): never => {
  throw new Error('no rule fails here');
};
const idsOf = ({ ruleSet }: LoadedRuleSet, a: string): string[] =>
  ruleSet.match(event(a), fail).map((match) => match.rule.id);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fenghuo-rules-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('loading', () => {
  it('takes all rule files below the folders, and none of their cases', async () => {
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/one.yml'), rule('one', 'x'));
    writeFileSync(join(folder, 'two.yaml'), rule('two', 'x'));
    writeFileSync(join(folder, 'two.test.yml'), 'positive: []\n');
    writeFileSync(join(folder, 'notes.txt'), 'no rule');
    const loaded = await loadRuleSet([folder]);
    expect(loaded.diagnostics).toEqual([]);
    expect(loaded.ruleSet.rules.map(({ file }) => file)).toEqual(['deep/er/one.yml', 'two.yaml']);
    expect(idsOf(loaded, 'X')).toEqual(['one', 'two']);
  });

  it('takes a file that is named itself', async () => {
    writeFileSync(join(folder, 'one.yml'), rule('one', 'x'));
    writeFileSync(join(folder, 'two.yml'), rule('two', 'x'));
    const loaded = await loadRuleSet([join(folder, 'two.yml')]);
    expect(loaded.diagnostics).toEqual([]);
    expect(loaded.ruleSet.rules.map(({ id, file }) => [id, file])).toEqual([['two', 'two.yml']]);
  });

  it('keeps broken rules, taken ids and absent folders from stopping the others', async () => {
    writeFileSync(join(folder, 'a.yml'), rule('same', 'x'));
    writeFileSync(join(folder, 'b.yml'), `# copy\n${rule('same', 'y')}`);
    writeFileSync(join(folder, 'c.yml'), 'title: [');
    const loaded = await loadRuleSet([folder, join(folder, 'absent')]);
    expect(loaded.ruleSet.rules.map(({ id }) => id)).toEqual(['same']);
    expect(loaded.failed).toBe(2);
    const told = loaded.diagnostics.map(({ code, file, line }) => [
      code,
      file.slice(folder.length + 1),
      line,
    ]);
    expect(told).toEqual([
      ['sigma.file.unreadable', 'absent', 1],
      ['sigma.id.duplicate', 'b.yml', 3],
      ['sigma.yaml.syntax', 'c.yml', 1],
    ]);
  });

  describe('filters', () => {
    const filter = (rules: string, more = "selection: { b: '1' }, condition: not selection"): string =>
      `title: Filter\nlogsource: { product: test }\nfilter: { rules: ${rules}, ${more} }\n`;
    const matched = ({ ruleSet }: LoadedRuleSet, fields: Record<string, string>): string[] =>
      ruleSet.match({ fields: { 'event.module': 'test', ...fields } }, fail).map((match) => match.rule.id);
    const two = { '1.yml': rule('one', 'x', 'name: first\n'), '2.yml': rule('two', 'x') };

    it('are joined to the conditions of the rules they name, by id or by name', () => {
      const loaded = ruleSetOf({ ...two, 'f.yml': filter('[first]') });
      expect([loaded.diagnostics, loaded.failed]).toEqual([[], 0]);
      expect([matched(loaded, { a: 'x', b: '1' }), matched(loaded, { a: 'x', b: '2' })]).toEqual([
        ['two'],
        ['one', 'two'],
      ]);
      expect(ruleSetOf({ ...two, 'f.yml': filter('[two]') }).diagnostics).toEqual([]);
    });

    it('keep to what they hold for, where they do not say not', () => {
      const loaded = ruleSetOf({ 'f.yml': filter('any', "only: { b: '1' }, condition: only"), ...two });
      expect([matched(loaded, { a: 'x', b: '1' }), matched(loaded, { a: 'x', b: '2' })]).toEqual([
        ['one', 'two'],
        [],
      ]);
    });

    it('meet the fields of the rule that they filter', () => {
      const loaded = ruleSetOf({
        'r.yml':
          'title: R\nid: r\nlogsource: { product: windows, category: process_creation }\ndetection: { s: { Image: x.exe }, condition: s }\nlevel: low\n',
        'f.yml':
          'title: F\nlogsource: { category: process_creation }\nfilter: { rules: any, s: { User|startswith: adm_ }, condition: not s }\n',
      });
      const event = {
        'winlog.channel': 'Microsoft-Windows-Sysmon/Operational',
        'event.code': '1',
        'process.executable': 'x.exe',
        'winlog.event_data.Image': 'x.exe',
      };
      const ids = (user: string): string[] =>
        loaded.ruleSet
          .match({ fields: { ...event, 'winlog.event_data.User': user } }, fail)
          .map(({ rule: { id } }) => id);
      expect([loaded.diagnostics, ids('adm_1'), ids('li')]).toEqual([[], [], ['r']]);
    });

    it('make another version of the rule, whose text says so', () => {
      const plain = ruleSetOf(two).ruleSet.rules;
      const [one, second] = ruleSetOf({ ...two, 'f.yml': filter('[one]') }).ruleSet.rules;
      expect([one?.version === plain[0]?.version, second?.version]).toEqual([false, plain[1]?.version]);
      expect(one?.reference.version).toBe(one?.version);
      expect(one?.text).toContain('# f.yml\ntitle: Filter\n');
    });

    it('say which rule they do not find, and which has another log source', () => {
      const other = rule('three', 'x').replace('product: test', 'product: windows');
      const loaded = ruleSetOf({ ...two, '3.yml': other, 'f.yml': filter('[one, nobody, three]') });
      expect(
        loaded.diagnostics.map(({ code, severity, file, line }) => [code, severity, file, line]),
      ).toEqual([
        ['sigma.filter.other_source', 'warning', 'f.yml', 2],
        ['sigma.filter.no_rule', 'warning', 'f.yml', 3],
      ]);
      expect([loaded.failed, loaded.ruleSet.rules.length]).toEqual([0, 3]);
    });
  });

  it('carries what an alert shows of the rule', () => {
    const more =
      'author: A\nlicense: DRL 1.1\ntags: [attack.t1059]\nfenghuo: { entity: user, outcome: attempted, title: { zh-CN: 规则 } }\n';
    const [loaded] = ruleSetOf({ 'r.yml': rule('one', 'x', more) }).ruleSet.rules;
    expect(loaded?.version).toMatch(/^[0-9a-f]{12}$/);
    expect(loaded?.reference).toEqual({
      id: 'one',
      version: loaded?.version,
      title: 'Rule one',
      author: 'A',
      license: 'DRL 1.1',
      tags: ['attack.t1059'],
    });
    expect([loaded?.entity, loaded?.outcome, loaded?.sigma.titles]).toEqual([
      'user',
      'attempted',
      { 'zh-CN': '规则' },
    ]);
  });
});

describe('a set', () => {
  const texts = { 'a.yml': rule('one', 'x'), 'b.yml': rule('two', 'x') };

  it('is named by what is enabled in it', () => {
    const all = ruleSetOf(texts);
    expect(ruleSetOf({ 'c.yml': texts['b.yml'], 'd.yml': texts['a.yml'] }).ruleSet.version).toBe(
      all.ruleSet.version,
    );
    expect(ruleSetOf({ ...texts, 'b.yml': `${texts['b.yml']}# edited\n` }).ruleSet.version).not.toBe(
      all.ruleSet.version,
    );
    expect(ruleSetOf(texts, new Set(['two'])).ruleSet.version).toBe(
      ruleSetOf({ 'a.yml': texts['a.yml'] }).ruleSet.version,
    );
  });

  it('changes its switches without being read again, and stays itself', () => {
    const all = ruleSetOf(texts);
    const off = all.ruleSet.withDisabled(new Set(['one']));
    expect(off.match(event('x'), fail).map((match) => match.rule.id)).toEqual(['two']);
    expect(off.disabled.map(({ id }) => id)).toEqual(['one']);
    expect(idsOf(all, 'x')).toEqual(['one', 'two']);
  });
});

/** Timers that run when they are told to. */
function handTimers(): WatchTimers & { fire(ms: number): void } {
  const waiting = new Map<number, { run: () => void; ms: number }>();
  let next = 0;
  return {
    setTimeout: (run, ms) => (waiting.set(++next, { run, ms }), next),
    clearTimeout: (timer) => void waiting.delete(timer as number),
    fire(ms) {
      for (const [key, timer] of [...waiting])
        if (timer.ms === ms) {
          waiting.delete(key);
          timer.run();
        }
    },
  };
}

describe('watching', () => {
  it('finds by its poll what the system does not tell, and reads only what changed', async () => {
    const absent = join(folder, 'later');
    const timers = handTimers();
    const heard: LoadedRuleSet[] = [];
    const watching = watchRuleSet([absent], (loaded) => heard.push(loaded), { timers, pollMs: 7 });
    try {
      await watching.reload();
      expect(heard.map(({ ruleSet }) => ruleSet.rules.length)).toEqual([0]);
      mkdirSync(absent);
      writeFileSync(join(absent, 'one.yml'), rule('one', 'x'));
      await vi.waitUntil(() => (timers.fire(7), heard.length === 2));
      expect(heard[1]?.ruleSet.rules.map(({ id }) => id)).toEqual(['one']);
    } finally {
      watching.close();
    }
    writeFileSync(join(absent, 'two.yml'), rule('two', 'x'));
    await watching.reload();
    expect(heard).toHaveLength(2);
  });

  it('hears of a change by itself', async () => {
    writeFileSync(join(folder, 'one.yml'), rule('one', 'x'));
    const heard: LoadedRuleSet[] = [];
    const timers = handTimers();
    const watching = watchRuleSet([folder], (loaded) => heard.push(loaded), { timers, debounceMs: 3 });
    try {
      await vi.waitUntil(() => {
        writeFileSync(join(folder, 'two.yml'), rule('two', 'x'));
        timers.fire(3);
        return heard.length > 0;
      });
      expect(heard[0]?.ruleSet.rules.map(({ id }) => id)).toEqual(['one', 'two']);
    } finally {
      watching.close();
    }
  });

  it('reads only when it is told to, if it is not to watch', async () => {
    writeFileSync(join(folder, 'one.yml'), rule('one', 'x'));
    const timers = { setTimeout: vi.fn(), clearTimeout: vi.fn() };
    const heard: LoadedRuleSet[] = [];
    const disabled = async () => new Set(['one']);
    const options = { timers, watching: false, disabled };
    const watching = watchRuleSet([folder], (loaded) => heard.push(loaded), options);
    const loaded = await watching.reload();
    expect(heard).toEqual([loaded]);
    expect(loaded.ruleSet.disabled.map(({ id }) => id)).toEqual(['one']);
    expect(timers.setTimeout).not.toHaveBeenCalled();
    watching.close();
  });

  it('reuses files that did not change', () => {
    const cache = new RuleFileCache();
    const text = rule('one', 'x');
    const read = (written: string) => cache.read('a.yml', written, hashOfText(written));
    expect(read(text)).toBe(read(text));
    expect(read(`${text}\n`)).not.toBe(read(text));
  });
});

describe('correlations of a set', () => {
  const BASE = `title: Base
id: base
name: base
logsource: { product: linux }
detection: { s: { a: 1 }, condition: s }
level: low
`;
  const COUNT = `title: Count
id: count
correlation:
  type: event_count
  rules: [base]
  group-by: [a]
  timespan: 1m
  condition: { gte: 2 }
level: high
`;

  it('refer to rules of other files, and are rules of the set', () => {
    const { ruleSet, diagnostics } = ruleSetOf({ 'count.yml': COUNT, 'base.yml': BASE });
    expect(diagnostics).toEqual([]);
    expect(ruleSet.rules.map(({ id }) => id)).toEqual(['base', 'count']);
    expect(ruleSet.queryOf('count')).toEqual(ruleSet.queryOf('base'));
    expect(ruleSet.sourceKeyOf('count')).toBeUndefined();
    expect(ruleSet.rolesOf('count')).toMatchObject({ correlation: { children: ['base'] }, silent: false });
    expect(ruleSet.rolesOf('base')).toEqual({ feeds: ['count'], silent: true });
    expect(ruleSet.version).not.toBe(ruleSetOf({ 'base.yml': BASE }).ruleSet.version);
  });

  it('tell at their own place what they do not find, and are counted as failed', () => {
    const { ruleSet, diagnostics, failed } = ruleSetOf({ 'count.yml': COUNT, 'again.yml': COUNT });
    expect(ruleSet.rules).toEqual([]);
    expect(failed).toBe(2);
    expect(diagnostics.map(({ code, file, line }) => [code, file, line])).toEqual([
      ['sigma.id.duplicate', 'again.yml', 2],
      ['sigma.correlation.no_rule', 'count.yml', 5],
    ]);
  });
});
