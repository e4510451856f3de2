import { mkdtempSync, readFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEventBus } from '#kernel/bus.js';
import { fault } from '#kernel/errors.js';
import type { NewEvent } from '#kernel/event.js';
import type { Intake } from '#kernel/ports/journal.js';
import { fail, ok } from '#kernel/result.js';
import { createPlatform } from './platform.js';
import { createFakeClock } from './testing/fake-clock.js';

function setUp() {
  const bus = createEventBus(() => undefined);
  const written: NewEvent[] = [];
  const state = { full: false };
  const journal: Intake = {
    append: async (events) => {
      if (state.full) return fail(fault('journal_full'));
      written.push(...events);
      return ok(events.map((_, i) => ({ id: `evt_${i}`, duplicate: false, seq: i + 1 })));
    },
  };
  const file = join(mkdtempSync(join(tmpdir(), 'fenghuo-platform-')), 'waiting.json');
  const clock = createFakeClock();
  const start = () => createPlatform({ bus, journal, clock, host: 'node', source: 'src_1', file });
  return { bus, written, state, file, start };
}

describe('losses and reports as events', () => {
  it('adds up losses of one kind, and keeps reports apart', async () => {
    const { bus, written, start } = setUp();
    const platform = start();
    bus.emit('loss.counted', { reason: 'udp_overflow', count: 3, of: 'records', source: 'src_x' });
    bus.emit('loss.counted', { reason: 'udp_overflow', count: 4, of: 'records', source: 'src_x' });
    bus.emit('platform.reported', { state: 'disk_low', detail: 'few bytes', severity: 'high' });
    await platform.flush();
    expect(written.map(({ fields }) => fields)).toMatchObject([
      {
        'event.module': 'fenghuo',
        'event.dataset': 'fenghuo.loss',
        'fenghuo.loss.reason': 'udp_overflow',
        'fenghuo.loss.count': 7,
      },
      {
        'event.dataset': 'fenghuo.state',
        'fenghuo.state.name': 'disk_low',
        'fenghuo.state.severity': 'high',
      },
    ]);
    expect(platform.losses().get('udp_overflow')).toBe(7);
    await platform.flush();
    expect(written).toHaveLength(2);
  });

  it('holds them while the journal is full, over a restart too, and forgets nothing', async () => {
    const { bus, written, state, file, start } = setUp();
    state.full = true;
    const before = start();
    bus.emit('loss.counted', { reason: 'retention_forced', count: 5, of: 'events' });
    await before.flush();
    bus.emit('loss.counted', { reason: 'retention_forced', count: 6, of: 'events' });
    await before.close();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(1);
    const after = start();
    state.full = false;
    await after.flush();
    expect(written.map(({ fields }) => fields['fenghuo.loss.count'])).toEqual([11]);
    expect(existsSync(file)).toBe(false);
  });

  it('is bounded: beyond it, kinds are added together and the count stays right', async () => {
    const { bus, written, start } = setUp();
    const platform = start();
    for (let i = 0; i < 2000; i += 1)
      bus.emit('loss.counted', { reason: 'lost', count: 1, of: 'records', source: `src_${i}` });
    expect(platform.waiting()).toBeLessThanOrEqual(501);
    await platform.flush();
    expect(written.reduce((sum, { fields }) => sum + Number(fields['fenghuo.loss.count']), 0)).toBe(2000);
  });
});
