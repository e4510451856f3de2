import { beforeAll, describe, expect, it } from 'vitest';
import type { Overview } from '#kernel/schema/overview.js';
import type { Source } from '#kernel/schema/source.js';
import { raisedOf, unitsOf } from './overview.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { createItems } from './testing/items.js';
import { keyFor, makeUser, signedIn, type Headers } from './testing/principals.js';

const HOUR_MS = 3_600_000;

describe('alerts by the hour', () => {
  const fromMs = Date.parse('2026-11-22T00:00:00.000Z');
  const raised = (hour: number, outcome: string) => ({
    id: `alr_${hour}`,
    values: [new Date(fromMs + hour * HOUR_MS).toISOString(), outcome],
  });

  it('are counted, those that burn apart, and the span before is compared', () => {
    const counted = raisedOf(
      [raised(-1, 'compromised'), raised(0, 'attempted'), raised(1.99, 'succeeded'), raised(2, 'unknown')],
      { fromMs, hours: 2 },
    );
    expect(counted).toEqual({
      ...{ total: 2, before: 1 },
      hours: [
        { from: '2026-11-22T00:00:00.000Z', total: 1, burning: 0 },
        { from: '2026-11-22T01:00:00.000Z', total: 1, burning: 1 },
      ],
    });
  });
});

describe('units', () => {
  const source = (unit: string, more: Partial<Source> = {}) =>
    ({ unit, kind: 'syslog', name: 's', lastEventAt: '2026-11-22T01:00:00.000Z', ...more }) as Source;

  it('are told with their sources, their last log and what is open', () => {
    const units = unitsOf(
      [{ id: 'unt_1', unit: '/', realm: 'live', classification: 1, name: '示例市', level: 'city' }],
      [
        source('/cn/gd', { lastEventAt: '2026-11-22T00:00:00.000Z' }),
        source('/cn/gd'),
        source('/cn/gx', { kind: 'replay' }),
        source('/', { kind: 'platform' }),
      ],
      [
        { values: ['/cn/gd', 'compromised'], count: 2 },
        { values: ['/cn/gd', 'attempted'], count: 3 },
        { values: ['/cn', 'unknown'], count: 1 },
      ],
    );
    expect(units).toEqual([
      { unit: '/', sources: 0, openAlerts: 0, burning: 0, name: '示例市', level: 'city' },
      { unit: '/cn', sources: 0, openAlerts: 1, burning: 0 },
      { unit: '/cn/gd', sources: 2, openAlerts: 5, burning: 2, lastLogAt: '2026-11-22T01:00:00.000Z' },
    ]);
  });
});

describe('GET /overview', () => {
  let app: TestApp;
  const read = async (headers: Headers, hours = '') => {
    const answer = await app.server.inject({ url: `/api/v1/overview${hours}`, headers });
    expect(answer.statusCode).toBe(200);
    return answer.json<Overview>();
  };
  beforeAll(async () => {
    app = await buildTestApp();
    const items = createItems(app);
    const raisedAt = new Date(app.clock.nowMs()).toISOString();
    for (const place of ['own', 'unit', 'realm', 'classified'] as const)
      await items.alert(place, { raisedAt, outcome: 'compromised', host: `host-${place}` });
    await items.alert('own', { raisedAt, status: 'closed', outcome: 'attempted' });
    await items.source('own');
  });

  it('tells of the reader’s own units, realm and classification alone', async () => {
    const viewer = await signedIn(app, await makeUser(app, ['viewer']));
    const { alerts, raised, units, incidents, sources, events } = await read(viewer);
    expect(alerts.open).toBe(1);
    expect(alerts.hosts).toEqual([{ value: 'host-own', count: 1 }]);
    expect(raised).toMatchObject({ total: 2, before: 0 });
    expect(raised.hours.at(-1)).toMatchObject({ total: 2, burning: 1 });
    expect(units.map(({ unit, burning }) => [unit, burning])).toEqual([['/a', 1]]);
    expect(incidents?.open).toBe(0);
    expect(sources?.on).toBe(1);
    expect(events).toHaveLength(24);
    expect((await read(viewer, '?hours=168')).raised.hours).toHaveLength(168);
  });

  it('leaves out what is closed to the reader', async () => {
    const { alerts, incidents, sources, events } = await read(await keyFor(app, 'alerts:read'));
    expect(alerts.open).toBe(1);
    expect([incidents, sources, events]).toEqual([undefined, undefined, undefined]);
  });

  it('answers anew after a moment', async () => {
    const viewer = await signedIn(app, await makeUser(app, ['viewer']));
    const before = await read(viewer);
    await createItems(app).alert('own', { raisedAt: before.at });
    expect((await read(viewer)).alerts.open).toBe(before.alerts.open);
    app.clock.advance(3000);
    expect((await read(viewer)).alerts.open).toBe(before.alerts.open + 1);
  });

  it('takes no other span', async () => {
    const viewer = await signedIn(app, await makeUser(app, ['viewer']));
    const answer = await app.server.inject({ url: '/api/v1/overview?hours=5', headers: viewer });
    expect(answer.statusCode).toBe(400);
  });
});
