import { expect, it } from 'vitest';
import { authorizeSystem } from '#trust/access/authorize.js';
import { createRuleTexts } from './rule-history.js';
import { buildTestApp } from './testing/build-app.js';
import { keyFor, makeUser, signedIn } from './testing/principals.js';

const RULE = 'c141916d-8f03-4574-96ed-1740a2b39901';

it('keeps every version of a rule’s text, and who switched it', async () => {
  const app = await buildTestApp();
  const security = await signedIn(
    app,
    await makeUser(app, ['security'], { units: ['/'], displayName: '安全员' }),
  );
  const history = async () =>
    (await app.server.inject({ url: `/api/v1/rules/${RULE}/history`, headers: { ...security } })).json<{
      versions: { version: string; text: string }[];
      switches: { enabled: boolean; by: string; reason?: string }[];
    }>();
  const before = await history();
  expect(before.versions).toHaveLength(1);
  expect(before.versions[0]?.text).toContain(RULE);
  for (const [enabled, reason] of [
    [false, '维护窗口'],
    [true, undefined],
  ] as const)
    await app.server.inject({
      ...{ method: 'PATCH', url: `/api/v1/rules/${RULE}`, headers: { ...security } },
      payload: { enabled, ...(reason && { reason }) },
    });
  const after = await history();
  expect(after.versions).toEqual(before.versions);
  expect(after.switches.map(({ enabled, reason }) => [enabled, reason])).toEqual([
    [true, undefined],
    [false, '维护窗口'],
  ]);
  const key = await keyFor(app, 'rules:read');
  const missing = await app.server.inject({ url: '/api/v1/rules/nothing/history', headers: { ...key } });
  expect(missing.statusCode).toBe(404);
});

it('keeps a version once, and gives the text of one that is gone', async () => {
  const app = await buildTestApp();
  const { records, clock } = app.ground;
  const { scope } = authorizeSystem('test');
  const texts = createRuleTexts(records, scope, clock);
  const rule = (version: string, text: string) => ({ id: 'r', version, title: 'R', text });
  await texts.keep([rule('v1', 'one')]);
  await texts.keep([rule('v1', 'one'), rule('v2', 'two'), rule('v2', 'two')]);
  expect(await texts.textOf('r', 'v1')).toBe('one');
  expect(await texts.textOf('r', 'v3')).toBeUndefined();
  expect((await texts.historyOf('r')).versions.map(({ version }) => version).sort()).toEqual(['v1', 'v2']);
});
