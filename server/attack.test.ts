import { beforeAll, describe, expect, it } from 'vitest';
import type { AttackCoverage } from '#kernel/schema/attack.js';
import { attackCatalogue, techniquesOf } from './attack.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems } from './testing/items.js';
import { keyFor, makeUser, signedIn, type Headers } from './testing/principals.js';

const ENCODED = '/api/v1/attack?days=30';

it('reads techniques out of tags, each once', () => {
  expect(techniquesOf(['attack.T1059.001', 'attack.t1059.001', 'attack.execution', 'cve.2024-1'])).toEqual([
    'T1059.001',
  ]);
});

describe('the catalogue', () => {
  const { tactics, techniques, notice } = attackCatalogue();
  const known = new Set(tactics.map(({ name }) => name));
  it('places every technique under tactics that it knows', () => {
    expect(tactics).toHaveLength(14);
    expect(
      techniques.filter((one) => one.tactics.length === 0 || !one.tactics.every((t) => known.has(t))),
    ).toEqual([]);
    expect(notice).toContain('The MITRE Corporation');
  });
  it('has what lies above each technique, and Chinese names of those', () => {
    const byId = new Map(techniques.map((one) => [one.id, one]));
    expect(byId.size).toBe(techniques.length);
    for (const { id } of techniques) expect(byId.get(id.slice(0, 5))?.titles['zh'], id).toBeTruthy();
  });
});

describe('GET /attack', () => {
  let app: TestApp;
  let viewer: Headers;
  const read = async (headers: Headers) => {
    const answer = await app.server.inject({ url: ENCODED, headers });
    expect(answer.statusCode).toBe(200);
    return answer.json<AttackCoverage>();
  };

  beforeAll(async () => {
    app = await buildTestApp();
    viewer = await signedIn(app, await makeUser(app, ['viewer']));
  });

  it('knows every technique that the rules which come along name, in Chinese too', async () => {
    const { rules, techniques } = await read(viewer);
    const named = new Map(techniques.map((one) => [one.id, one.titles['zh']]));
    const unnamed = rules.flatMap(({ techniques: ids }) => ids).filter((id) => !named.get(id));
    // The cure: a `zh` title in detections/attack/techniques.json.
    expect([...new Set(unnamed)]).toEqual([]);
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.every(({ enabled, telemetry }) => enabled && telemetry?.fresh !== true)).toBe(true);
  });

  it('counts the alerts of the reader’s own units and realm alone', async () => {
    const items = createItems(app);
    const { rules } = await read(viewer);
    const id = rules[0]?.id ?? '';
    const of = { rule: { id, version: 'v', title: 'R', tags: [] } };
    for (const place of ['own', 'unit', 'realm', 'classified'] as const) await items.alert(place, of);
    await items.alert('own', { ...of, lastEventAt: '2026-10-01T00:00:00.000Z' });
    const alertsOf = async (headers: Headers) =>
      (await read(headers)).rules.find((rule) => rule.id === id)?.alerts;
    expect(await alertsOf(viewer)).toBe(1);
    const drill = await signedIn(app, await makeUser(app, ['viewer'], { realms: ['drill:one'] }));
    expect(await alertsOf({ ...drill, 'x-fenghuo-realm': 'drill:one' })).toBe(1);
    expect(await alertsOf(await signedIn(app, await makeUser(app, ['viewer'], { units: ['/'] })))).toBe(2);
    expect(await alertsOf(await keyFor(app, 'rules:read'))).toBeUndefined();
  });

  it('tells that logs come once an event of the rule’s source was judged', async () => {
    const fresh = async () =>
      (await read(viewer)).rules
        .filter(({ telemetry }) => telemetry?.fresh)
        .map(({ logsource }) => logsource);
    await app.journal.append([
      {
        ...{ timeMs: app.clock.nowMs(), unit: '/a', realm: 'live', classification: 1, source: 'src_x' },
        fields: { 'process.name': 'sshd', 'host.os.type': 'linux', message: 'nothing' },
      },
    ]);
    await expect.poll(fresh).not.toEqual([]);
    expect((await fresh()).every(({ service }) => service === 'sshd')).toBe(true);
    app.clock.advance(25 * 3_600_000);
    // A session lives shorter than that.
    viewer = await signedIn(app, await makeUser(app, ['viewer']));
    expect(await fresh()).toEqual([]);
  });
});
