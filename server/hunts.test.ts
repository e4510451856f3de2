/** Retro-hunts from the request to what is shown: events that came before, by scope, and agreement with what was judged live. */
import { beforeAll, expect, it } from 'vitest';
import { normalize } from '#collector/normalizers/normalize.js';
import { equals } from '#kernel/query/ast.js';
import type { Hunt } from '#kernel/schema/hunt.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { machinery, makeUser, OWN_UNIT, signedIn, type Headers } from './testing/principals.js';

type Shown = Hunt & { progress: { state: string; done: number; total: number } };

let app: TestApp;
let analyst: Headers;
let rule: string;

beforeAll(async () => {
  app = await buildTestApp();
  analyst = await signedIn(app, await makeUser(app, ['analyst']));
  rule =
    app.detection.rules.book.list().find(({ file }) => file === 'ssh/root_password_failure.yml')?.id ?? '';
});

async function ask(method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, headers = analyst) {
  return app.server.inject({
    ...{ method, url: `/api/v1${path}`, headers },
    ...(payload && { payload }),
  });
}

/** Wrong passwords for root from one address; stored, and judged. */
async function attack(address: string, times: number, unit = OWN_UNIT): Promise<void> {
  const { journal, ground, clock } = app;
  const judged = new Promise<void>((resolve) => {
    const stop = ground.bus.on('frame.judged', ({ frame }) => {
      if (frame < journal.state().frame) return;
      stop();
      resolve();
    });
  });
  const text = `<38>1 2026-11-22T08:00:00Z web-1 sshd 7 - - Failed password for root from ${address} port 40022 ssh2`;
  const context = { receivedMs: clock.nowMs(), unit, realm: 'live', classification: 1, source: 's' } as const;
  await journal.append(Array.from({ length: times }, () => normalize({ text }, context)));
  await judged;
}

const RANGE = { from: '2026-11-20T00:00:00Z', to: '2026-11-24T00:00:00Z' };

async function hunted(path: string): Promise<Shown> {
  for (;;) {
    const shown = (await ask('GET', path)).json<Shown>();
    if (shown.progress.state !== 'running') return shown;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('finds among stored events what was found live, and nothing of another unit', async () => {
  await attack('203.0.113.7', 3);
  await attack('203.0.113.8', 1);
  await attack('203.0.113.9', 5, '/b');
  const { id, frame } = app.journal.state();
  while ((await app.ground.events.highWater(id)) < frame)
    await new Promise((resolve) => setImmediate(resolve));
  const started = await ask('POST', `/rules/${rule}/hunts`, RANGE);
  expect(started.statusCode).toBe(202);
  const shown = await hunted(`/hunts/${started.json<Shown>().id}`);
  expect(shown.progress).toMatchObject({ state: 'done' });
  expect(shown.matches).toBe(4);
  expect(shown.reached).toBe('2026-11-24T00:00:00.000Z');
  const live = await app.ground.records.search(machinery.scope, 'alerts', { query: equals('rule.id', rule) });
  const counts = live.items
    .filter(({ value }) => value.unit === OWN_UNIT)
    .map(({ value }) => [value.entity.value, value.count]);
  expect(shown.groups.map(({ entity, matches }) => [entity.value, matches]).sort()).toEqual(counts.sort());
  const list = (await ask('GET', `/rules/${rule}/hunts`)).json<{ items: Shown[] }>();
  expect(list.items.map(({ id }) => id)).toEqual([shown.id]);
});

it('says what is wrong with its range, and with its rule', async () => {
  const turned = await ask('POST', `/rules/${rule}/hunts`, { from: RANGE.to, to: RANGE.from });
  expect([turned.statusCode, turned.json<{ errors: { at: string }[] }>().errors[0]?.at]).toEqual([
    400,
    '/from',
  ]);
  expect((await ask('POST', `/rules/${rule}/hunts`, { from: 'now-4000d' })).statusCode).toBe(400);
  expect((await ask('POST', '/rules/nobody/hunts', {})).statusCode).toBe(404);
});
