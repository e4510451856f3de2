import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AskedFields, decodeRuleFile, encodeRuleFile } from './rule-encoding.js';
import { loadRuleSet, type LoadedRuleSet } from './rule-set.js';
import * as reading from './sigma/file.js';
import { NO_PIPELINES } from './sigma/pipeline/join.js';

vi.mock(import('./sigma/file.js'), { spy: true });

const rule = (id: string, more = ''): string =>
  `title: ${id}\nid: ${id}\nlogsource: { product: windows, category: process_creation }\ndetection:\n  s: { Image|endswith: ['\\x.exe', '\\y.exe'], CommandLine|re: 'a+' }\n  other: { User: ${id} }\n  f: { Image: null }\n  condition: s or (other and not f)\nlevel: low\n${more}`;

let root: string;
let folder: string;
let cache: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fenghuo-cache-'));
  folder = join(root, 'rules');
  cache = join(root, 'home/cache');
  mkdirSync(folder);
  for (const id of ['a', 'b', 'c']) writeFileSync(join(folder, `${id}.yml`), rule(id));
  writeFileSync(
    join(folder, 'wrong.yml'),
    'title: W\nid: w\nlogsource: { product: x }\ndetection: { condition: y }\n',
  );
  writeFileSync(
    join(folder, 'filter.yml'),
    'title: F\nlogsource: { product: windows }\nfilter: { rules: [c], s: { User: root }, condition: not s }\n',
  );
  writeFileSync(
    join(folder, 'many.yml'),
    'title: M\nid: m\ncorrelation: { type: event_count, rules: [a], group-by: [User], timespan: 1m, condition: { gte: 2 } }\nlevel: low\n',
  );
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const load = (keep = true, program = 'p', pipelines: readonly string[] = []): Promise<LoadedRuleSet> => {
  vi.mocked(reading.readRuleFile).mockClear();
  return loadRuleSet([folder], { pipelines, ...(keep && { keep: { folder: cache, program, least: 0 } }) });
};
/** Files that the last load read anew, but those with filters and correlations. */
const anew = (): string[] =>
  vi
    .mocked(reading.readRuleFile)
    .mock.calls.map(([, path]) => path.slice(folder.length + 1))
    .filter((name) => name !== 'filter.yml' && name !== 'many.yml');
const cacheFile = (): string => join(cache, readdirSync(cache)[0] ?? '');
/** All that a set is made of. */
const contents = ({ ruleSet, diagnostics, failed }: LoadedRuleSet) => ({
  ...{ diagnostics, failed, version: ruleSet.version, rules: ruleSet.rules, asked: ruleSet.asked() },
  queries: ruleSet.rules.map(({ id }) => ruleSet.queryOf(id)),
  correlations: ruleSet.correlations,
  matches: ['a', 'root', 'c'].map((user) =>
    ruleSet.match(
      {
        fields: {
          ...{ 'winlog.channel': 'Security', 'event.code': '4688' },
          ...{ 'winlog.event_data.User': user, 'winlog.event_data.NewProcessName': 'c:\\y.exe' },
        },
      },
      (_, error) => {
        throw new Error('no rule fails here', { cause: error });
      },
    ),
  ),
});

describe('what is kept of rule files', () => {
  it('makes the same set as the files, without reading them', async () => {
    const plain = contents(await load(false));
    expect(contents(await load())).toEqual(plain);
    expect(anew()).toEqual(['a.yml', 'b.yml', 'c.yml', 'wrong.yml']);
    expect(contents(await load())).toEqual(plain);
    expect(anew()).toEqual([]);
    expect(plain.matches.map((found) => found.length)).toEqual([1, 0, 1]);
  });

  it('is readable by its owner alone', async () => {
    await load();
    expect([statSync(cacheFile()).mode & 0o777, statSync(cache).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it('is read anew only of files that changed, came or went', async () => {
    await load();
    writeFileSync(join(folder, 'b.yml'), rule('b', '# edited\n'));
    writeFileSync(join(folder, 'd.yml'), rule('d'));
    rmSync(join(folder, 'a.yml'));
    rmSync(join(folder, 'many.yml'));
    const loaded = await load();
    expect(anew()).toEqual(['b.yml', 'd.yml']);
    expect(contents(loaded)).toEqual(contents(await load(false)));
    await load();
    expect(anew()).toEqual([]);
    expect(readFileSync(cacheFile(), 'utf8')).not.toContain('a.yml');
  });

  const all = ['a.yml', 'b.yml', 'c.yml', 'wrong.yml'];
  const spoilt: Record<string, (path: string) => void> = {
    'cut off': (path) => writeFileSync(path, readFileSync(path).subarray(0, -20)),
    empty: (path) => writeFileSync(path, ''),
    'another text': (path) =>
      writeFileSync(path, readFileSync(path, 'utf8').replace('"endsWith"', '"contains"')),
    'no JSON': (path) => writeFileSync(path, 'rules\n{}'),
    'open to others': (path) => chmodSync(path, 0o622),
  };
  it.each(Object.entries(spoilt))(
    'is as if it were not there when it is %s, and is written anew',
    async (_name, spoil) => {
      const plain = contents(await load());
      spoil(cacheFile());
      expect(contents(await load())).toEqual(plain);
      expect(anew()).toEqual(all);
      await load();
      expect(anew()).toEqual([]);
    },
  );

  it('belongs to one program and one row of pipelines', async () => {
    await load();
    await load(true, 'another');
    expect(anew()).toEqual(all);
    const pipeline = join(root, 'p.yml');
    writeFileSync(pipeline, 'transformations: [{ type: field_name_mapping, mapping: { User: user.name } }]');
    const loaded = await load(true, 'another', [pipeline]);
    expect(anew()).toEqual(all);
    expect(contents(await load(true, 'another', [pipeline]))).toEqual(contents(loaded));
    expect(anew()).toEqual([]);
  });

  it('is not kept of few files, nor where that cannot be', async () => {
    await loadRuleSet([folder], { keep: { folder: cache, program: 'p' } });
    expect(() => readdirSync(cache)).toThrow();
    writeFileSync(join(root, 'file'), '');
    const nowhere = { folder: join(root, 'file/cache'), program: 'p', least: 0 };
    expect((await loadRuleSet([folder], { keep: nowhere })).ruleSet.rules).toHaveLength(4);
  });

  it('goes when others were written later', async () => {
    for (let n = 1; n <= 10; n++) {
      const other = join(root, `other-${n}`);
      mkdirSync(other);
      writeFileSync(join(other, 'a.yml'), rule('a'));
      await loadRuleSet([other], { keep: { folder: cache, program: 'p', least: 0 } });
      for (const name of readdirSync(cache)) utimesSync(join(cache, name), 1000 + n, 1000 + n);
    }
    expect(readdirSync(cache)).toHaveLength(8);
  });
});

it('keeps what a detection shares with its selections', () => {
  const file = reading.readRuleFile(rule('a'), 'a.yml');
  const fields = new AskedFields();
  const encoded = encodeRuleFile(file, fields);
  const kept = new AskedFields(JSON.parse(JSON.stringify(fields.all)) as AskedFields['all']);
  const decoded = decodeRuleFile(
    JSON.parse(JSON.stringify(encoded)) as NonNullable<typeof encoded>,
    kept,
    NO_PIPELINES,
  );
  expect(decoded).toEqual(file);
  const [one] = decoded.rules;
  const [s, other] = one?.selections ?? [];
  expect([s?.name, other?.name]).toEqual(['s', 'other']);
  if (one?.detection.kind !== 'or') throw new Error('the condition is a disjunction');
  expect(one.detection.of).toContain(s?.query);
});
