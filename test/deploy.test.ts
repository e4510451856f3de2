/** What runs the product elsewhere: the image holds all that is read at run time, and systemd understands the unit. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import { consoleBuild, ownRules } from '#server/paths.js';
import { checkout } from './data.js';
import { findProgram } from './programs.js';

const READ = ['package.json', 'node_modules', 'dist', 'collector/recordings', 'detections/attack'];

it('the image holds everything that is read at run time', () => {
  const [, final = ''] = readFileSync(join(checkout, 'Dockerfile'), 'utf8').split(/^FROM .*slim$/m);
  const copied = [...final.matchAll(/^COPY --from=build \/src\/(\S+) (\S+)$/gm)].map(([, from, to]) =>
    to === './' || from === to ? from : `${from} → ${to}`,
  );
  const needed = [...READ, ...[ownRules, consoleBuild].map((folder) => relative(checkout, folder))];
  expect(copied.sort()).toEqual(needed.sort());
  expect(existsSync(ownRules)).toBe(true);
  expect(existsSync(join(checkout, 'collector', 'recordings', 'index.json'))).toBe(true);
});

const analyze = findProgram('systemd-analyze');
analyze.when.it('systemd takes the unit without a word', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fenghuo-unit-'));
  // The program of the unit need not be installed at that place on the machine that tests.
  const unit = readFileSync(join(checkout, 'deploy', 'fenghuo.service'), 'utf8').replaceAll(
    '/usr/bin/node',
    process.execPath,
  );
  writeFileSync(join(folder, 'fenghuo.service'), unit);
  const { status, stderr } = spawnSync(
    analyze.path as string,
    ['verify', '--man=no', join(folder, 'fenghuo.service')],
    { encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
