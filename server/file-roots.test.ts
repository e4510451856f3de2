import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { equals } from '#kernel/query/ast.js';
import type { Problem } from '#kernel/schema/pieces.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { machinery, makeUser, signedIn, type Headers } from './testing/principals.js';

const folder = mkdtempSync(join(tmpdir(), 'fenghuo-roots-'));
writeFileSync(join(folder, 'app.log'), '');
let app: TestApp;
let lead: Headers;
beforeAll(async () => {
  app = await buildTestApp({ env: { FENGHUO_FILE_ROOTS: folder } });
  lead = await signedIn(app, await makeUser(app, ['lead'], { units: ['/'] }));
});

const watch = (target: string) =>
  app.server.inject({
    method: 'POST',
    url: '/api/v1/sources',
    headers: { ...lead },
    payload: { kind: 'file', name: 'log', target },
  });

it('watches files below the roots', async () => {
  expect((await watch(join(folder, 'app.log'))).statusCode).toBe(201);
  expect((await watch('/var/log/not-there-yet.log')).statusCode).toBe(201);
});

it('refuses to read anything else of this machine to whoever may make sources, and notes it', async () => {
  const refused = [
    '/etc/shadow',
    '/proc/self/environ',
    join(app.home, 'records/records.db'),
    '/var/log/../../etc/shadow',
  ];
  for (const target of refused) {
    const answer = await watch(target);
    expect([answer.statusCode, answer.json<Problem>().code], target).toEqual([409, 'source_unreadable']);
  }
  const noted = await app.ground.records.search(machinery.scope, 'audit', {
    query: equals('action', 'source.refused'),
  });
  expect(noted.items.map(({ value }) => value.detail?.['target']).sort()).toEqual(refused.sort());
});
