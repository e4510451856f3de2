/** What the API tells of correlations: what they refer to, and which rules are silent for them. */
import { expect, it } from 'vitest';
import type { Rule } from '#kernel/schema/rule.js';
import { buildTestApp } from './testing/build-app.js';
import { keyFor } from './testing/principals.js';

const REFUSED = '9c0b0f0e-7d0b-4b39-8a52-2f5f7e1d6a01';
const BRUTE_FORCE = '9c0b0f0e-7d0b-4b39-8a52-2f5f7e1d6a03';
const SUCCEEDED = '9c0b0f0e-7d0b-4b39-8a52-2f5f7e1d6a06';

it('tells what a correlation refers to, and what a rule feeds', async () => {
  const app = await buildTestApp();
  const key = await keyFor(app, 'rules:read');
  const rule = async (id: string) =>
    (await app.server.inject({ url: `/api/v1/rules/${id}`, headers: { ...key } })).json<Rule>();
  expect(await rule(BRUTE_FORCE)).toMatchObject({
    logsource: {},
    correlation: {
      type: 'event_count',
      timespanMs: 300_000,
      groupBy: ['source.ip'],
      rules: [REFUSED],
    },
    feeds: [SUCCEEDED],
  });
  // That correlation lets it raise alerts of its own.
  expect((await rule(BRUTE_FORCE)).silent).toBeUndefined();
  const refused = await rule(REFUSED);
  expect(refused.silent).toBe(true);
  expect(refused.feeds).toContain(BRUTE_FORCE);
  expect(refused.correlation).toBeUndefined();
});
