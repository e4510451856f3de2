/** Exceptions and mutes from the request to the judgement: what is hidden, what is counted, and that it ends. */
import { beforeAll, describe, expect, it } from 'vitest';
import { normalize } from '#collector/normalizers/normalize.js';
import { equals } from '#kernel/query/ast.js';
import type { Problem } from '#kernel/schema/pieces.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';
import { machinery, makeUser, OWN_UNIT, signedIn, type Headers } from './testing/principals.js';

/** The rule that comes along for a wrong password of root. */
const RULE_FILE = 'ssh/root_password_failure.yml';

let app: TestApp;
let lead: Headers;
let rule: string;

beforeAll(async () => {
  app = await buildTestApp();
  lead = await signedIn(app, await makeUser(app, ['lead']));
  const found = app.detection.rules.book.list().find(({ file }) => file === RULE_FILE);
  if (!found) throw new Error(`${RULE_FILE} is gone`);
  rule = found.id;
});

async function ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object): Promise<T> {
  const answer = await app.server.inject({
    ...{ method, url: `/api/v1${path}`, headers: lead },
    ...(payload && { payload }),
  });
  return answer.json<T>();
}

/** A wrong password for root on each host, judged; each from an address of its own. */
async function attack(...hosts: string[]): Promise<void> {
  const { journal, ground, clock } = app;
  const judged = new Promise<void>((resolve) => {
    const stop = ground.bus.on('frame.judged', ({ frame }) => {
      if (frame < journal.state().frame) return;
      stop();
      resolve();
    });
  });
  const context = {
    receivedMs: clock.nowMs(),
    unit: OWN_UNIT,
    realm: 'live',
    classification: 1,
    source: 's',
  };
  const events = hosts.map((host) =>
    normalize(
      {
        text: `<38>1 2026-11-22T08:00:00Z ${host} sshd 7 - - Failed password for root from 203.0.113.${host.slice(4)} port 40022 ssh2`,
      },
      { ...context, classification: 1 },
    ),
  );
  await journal.append(events);
  await judged;
}

const ledger = () => app.services.rules.ledgerOf(rule);
const alertOf = async (host: string) =>
  (await app.ground.records.search(machinery.scope, 'alerts', { query: equals('host', host) })).items.find(
    ({ value }) => value.rule.id === rule,
  )?.value;

describe('exceptions', () => {
  it('tells facts of the attack on the alert', async () => {
    await attack('web-1');
    expect(await alertOf('web-1')).toMatchObject({
      ...{ sourceIp: '203.0.113.1', sourcePort: 40_022, direction: 'inbound', outcome: 'attempted' },
    });
  });

  it('shows what one would have hidden before it is made, then hides just that and counts it', async () => {
    const wish = { rule, query: 'host.name: web-2 and source.ip: 203.0.113.0/24' };
    expect(await ask('POST', '/exceptions/preview', { rule, query: 'host.name: web-1' })).toMatchObject({
      ...{ alertsOfRule: 1, alertsHidden: 1, alerts: [{ host: 'web-1' }] },
    });
    const made = await ask<{ id: string; hits: number }>('POST', '/exceptions', {
      ...{ ...wish, reason: 'ordered scan', expiresAt: '2026-11-23T00:00:00Z' },
    });
    await attack('web-2', 'web-3');
    expect(await alertOf('web-2')).toBeUndefined();
    expect(await alertOf('web-3')).toBeDefined();
    expect(ledger()).toMatchObject({ matches: 3, created: 2, excepted: 1, suppressed: 0 });
    expect(await ask('GET', `/exceptions?rule=${rule}&state=active`)).toMatchObject({
      ...{ total: 1, items: [{ id: made.id, hits: 1, reason: 'ordered scan' }] },
    });

    await ask('POST', `/exceptions/${made.id}/end`);
    await attack('web-2');
    expect(await alertOf('web-2')).toBeDefined();
    expect(await ask('GET', '/exceptions?state=active')).toMatchObject({ total: 0 });
    expect(await ask('GET', '/exceptions?state=ended')).toMatchObject({ total: 1 });
  });

  it('mutes one alert’s group until its end and not longer', async () => {
    const alert = await alertOf('web-3');
    const muted = await ask('POST', `/alerts/${alert?.id}/mute`, {
      ...{ until: '2026-11-22T09:00:00Z', reason: 'being rebuilt' },
    });
    expect(muted).toMatchObject({ kind: 'mute', rule, expiresAt: '2026-11-22T09:00:00.000Z' });
    const before = ledger();
    await attack('web-3', 'web-1');
    expect(ledger()).toMatchObject({ suppressed: 1, merged: (before?.merged ?? 0) + 1 });
    app.clock.advance(3_600_000);
    await attack('web-3');
    expect(ledger()).toMatchObject({ suppressed: 1, merged: (before?.merged ?? 0) + 2 });
    const { matches = 0, created = 0, merged = 0, excepted = 0, suppressed = 0 } = ledger() ?? {};
    expect(matches).toBe(created + merged + excepted + suppressed);
  });

  it('lets whoever may mute take that back, and only for the alert’s own group', async () => {
    const [one, other] = [await alertOf('web-1'), await alertOf('web-3')];
    const muted = await ask<{ id: string }>('POST', `/alerts/${one?.id}/mute`, {
      ...{ until: '2026-11-22T12:00:00Z', reason: 'being moved' },
    });
    expect(await ask('DELETE', `/alerts/${other?.id}/mutes/${muted.id}`)).toMatchObject({
      code: 'not_found',
    });
    expect(await ask('DELETE', `/alerts/${one?.id}/mutes/${muted.id}`)).toHaveProperty('endedAt');
    const before = ledger();
    await attack('web-1');
    expect(ledger()?.suppressed).toBe(before?.suppressed);
    const long = { until: '2027-01-22T12:00:00Z', reason: 'for good' };
    expect(await ask('POST', `/alerts/${one?.id}/mute`, long)).toMatchObject({
      ...{ code: 'expiry_out_of_range', data: { days: 30 } },
    });
  });

  it('lets one that has ended hold again until another end', async () => {
    const made = await ask<{ id: string }>('POST', '/exceptions', {
      ...{ rule, query: 'host.name: web-3', reason: 'known', expiresAt: '2026-11-23T00:00:00Z' },
    });
    await ask('POST', `/exceptions/${made.id}/end`);
    const renewed = await ask('POST', `/exceptions/${made.id}/renew`, { expiresAt: '2026-11-24T00:00:00Z' });
    expect(renewed).toMatchObject({ id: made.id, expiresAt: '2026-11-24T00:00:00.000Z' });
    expect(renewed).not.toHaveProperty('endedAt');
    const before = ledger();
    await attack('web-3');
    expect(ledger()).toMatchObject({ excepted: (before?.excepted ?? 0) + 1, created: before?.created });
    expect(await ask('POST', `/exceptions/${made.id}/renew`, { expiresAt: '2026-11-22' })).toMatchObject({
      code: 'expiry_out_of_range',
    });
    await ask('POST', `/exceptions/${made.id}/end`);
  });

  it('previews a time in parts that sum up to the whole', async () => {
    const wish = { rule, query: 'host.name: web-1' };
    type Part = { alertsOfRule: number; alertsHidden: number };
    const whole = await ask<Part>('POST', '/exceptions/preview', { ...wish, to: '2026-11-23T00:00:00Z' });
    const parts = await Promise.all([
      ask<Part>('POST', '/exceptions/preview', { ...wish, days: 1, to: '2026-11-23T00:00:00Z' }),
      ask<Part>('POST', '/exceptions/preview', { ...wish, days: 29, to: '2026-11-22T00:00:00Z' }),
    ]);
    expect(whole.alertsOfRule).toBeGreaterThan(0);
    expect(parts.reduce((sum, part) => sum + part.alertsOfRule, 0)).toBe(whole.alertsOfRule);
    expect(parts.reduce((sum, part) => sum + part.alertsHidden, 0)).toBe(whole.alertsHidden);
  });

  it('tells what similar alerts were concluded as', async () => {
    const alert = await alertOf('web-1');
    expect(await ask('GET', `/alerts/${alert?.id}/similar`)).toMatchObject({
      total: 2,
      open: 2,
      dispositions: [],
    });
  });

  const refused: Record<string, [object, string]> = {
    'an end in the past': [{ expiresAt: '2026-11-21T00:00:00Z' }, 'expiry_out_of_range'],
    'an end in two years': [{ expiresAt: '2028-11-22T00:00:00Z' }, 'expiry_out_of_range'],
    'a query that cannot be read': [{ query: 'host.name: (' }, 'invalid_query'],
    'a rule that is not here': [{ rule: 'none' }, 'not_found'],
    'a unit of others': [{ unit: '/b' }, 'not_found'],
    'no reason': [{ reason: '' }, 'invalid_request'],
  };
  for (const [name, [change, code]] of Object.entries(refused))
    it(`refuses ${name}`, async () => {
      const good = { rule, query: 'a: b', reason: 'known', expiresAt: '2026-11-23T00:00:00Z' };
      expect((await ask<Problem>('POST', '/exceptions', { ...good, ...change })).code).toBe(code);
    });
});
