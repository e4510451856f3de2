/** Silent sources: told once, at their own pace, shown on the record, watched anew when they speak. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { PlatformReport } from '#kernel/bus.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import { createSilenceWatch, type SilenceWatch } from './silence.js';
import { buildTestApp, type TestApp } from './testing/build-app.js';

const MINUTE = 60_000;
const { scope, actor } = authorizeSystem('test');
let app: TestApp;
let watch: SilenceWatch;
let told: PlatformReport[];
let id: string;

beforeEach(async () => {
  app = await buildTestApp();
  const { sources } = app.wired;
  id = (await sources.ensure({ kind: 'syslog', name: 'border', target: 'udp://x' }, actor)).value.id;
  told = [];
  app.ground.bus.on('platform.reported', (report) => told.push(report));
  watch = createSilenceWatch({ ...app.ground, sources });
});

const speak = () => app.wired.sources.observer(id).accepted(3, 300, app.clock.nowMs());
const source = async () => (await app.ground.records.get(scope, 'sources', id))?.value;
/** So many minutes, in which it speaks every `every`th, each followed by a check. */
async function minutes(count: number, every?: number): Promise<void> {
  for (let minute = 1; minute <= count; minute += 1) {
    app.clock.advance(MINUTE);
    if (every !== undefined && minute % every === 0) speak();
    await watch.check();
  }
}

describe('a source that sends every minute', () => {
  it('is silent after a quarter of an hour, told once, and watched anew when it speaks', async () => {
    await minutes(10, 1);
    const last = (await source())?.lastSeenAt;
    await minutes(15);
    expect(told).toEqual([]);
    await minutes(30);
    expect(told).toMatchObject([{ state: 'source_silent', severity: 'medium' }]);
    expect(told[0]?.detail).toContain('border');
    expect((await source())?.silentSince).toBe(last);
    speak();
    await watch.check();
    expect((await source())?.silentSince).toBeUndefined();
    await minutes(400);
    expect(told).toHaveLength(2);
  });

  it('is not called silent for a time in which nobody listened', async () => {
    await minutes(10, 1);
    app.clock.advance(60 * MINUTE);
    watch.restart();
    await minutes(15);
    expect(told).toEqual([]);
    await minutes(1);
    expect(told).toHaveLength(1);
  });

  it('is not expected to speak when it was switched off', async () => {
    await minutes(10, 1);
    const { records } = app.ground;
    const found = await records.get(scope, 'sources', id);
    const off = { ...found?.value, enabled: false } as NonNullable<typeof found>['value'];
    await records.write(scope, [
      { kind: 'replace', collection: 'sources', value: off, version: found?.version ?? 0 },
    ]);
    await minutes(30);
    expect(told).toEqual([]);
  });
});

it('gives a source that sends every half hour five of its gaps, over a restart too', async () => {
  await minutes(120, 30);
  expect((await source())?.usualGapMs).toBe(30 * MINUTE);
  watch = createSilenceWatch({ ...app.ground, sources: app.wired.sources });
  await minutes(150);
  expect(told).toEqual([]);
  await minutes(1);
  expect(told).toHaveLength(1);
});

it('says nothing of a source that never delivered, nor of recordings', async () => {
  id = (await app.wired.sources.create({ kind: 'replay', name: 'recording' }, actor)).value.id;
  await minutes(5, 1);
  await minutes(60);
  expect(told).toEqual([]);
});
