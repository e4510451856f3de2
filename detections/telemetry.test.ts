import { describe, expect, it } from 'vitest';
import type { Fields } from '#kernel/event.js';
import { testScope } from '#test/scope.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { ruleSetOf } from './rule-set.js';
import { FRESH_MS, openTelemetry } from './telemetry.js';

const rule = (id: string, logsource: string) => `
title: ${id}
id: ${id}
level: low
logsource: { ${logsource} }
detection:
  selection:
    message: wanted
  condition: selection
`;
const SSH = '11111111-1111-4111-8111-111111111111';
const SSH_TOO = '22222222-2222-4222-8222-222222222222';
const WEB = '33333333-3333-4333-8333-333333333333';
const TEXTS = {
  'ssh.yml': rule(SSH, 'product: linux, service: sshd'),
  'too.yml': rule(SSH_TOO, 'product: linux, service: sshd'),
  'web.yml': rule(WEB, 'category: webserver'),
};
const everything = testScope({ realm: '*' });
const NOON = Date.UTC(2026, 10, 26, 12);
const SSHD: Fields = {
  'process.name': 'sshd',
  'host.os.type': 'linux',
  'event.module': 'sshd',
  message: 'x',
};

/** The rules of `TEXTS`, those of `off` switched off, having seen these events. */
function seen(
  events: readonly { at: number; fields?: Fields; realm?: string }[],
  off: readonly string[] = [],
) {
  const { ruleSet } = ruleSetOf(TEXTS, new Set(off));
  for (const { at, fields = SSHD, realm = 'live' } of events)
    ruleSet.match({ fields, ingestedMs: at, realm }, () => undefined);
  return ruleSet;
}

function opened(rules = seen([]), nowMs = NOON, records = createMemoryRecordStore()) {
  return openTelemetry({ records, scope: everything, clock: { nowMs: () => nowMs }, rules });
}

describe('telemetry of a rule', () => {
  it('is when its log source was received last, whatever the rule found', async () => {
    const at = NOON - 5000;
    const look = (await opened(seen([{ at: at - 60_000 }, { at }]))).look();
    const heard = { lastEventAt: new Date(at).toISOString(), fresh: true };
    expect([look(SSH), look(SSH_TOO), look(WEB), look('none')]).toEqual([
      heard,
      heard,
      { fresh: false },
      undefined,
    ]);
  });

  it('is known of a rule that is switched off, too', async () => {
    const look = (await opened(seen([{ at: NOON }], [SSH, SSH_TOO]))).look();
    expect(look(SSH)?.fresh).toBe(true);
  });

  for (const [age, fresh] of [
    [FRESH_MS, true],
    [FRESH_MS + 1, false],
  ] as const)
    it(`is ${fresh ? 'fresh' : 'stale'} after ${age} ms`, async () =>
      expect((await opened(seen([{ at: NOON - age }]))).look()(SSH)?.fresh).toBe(fresh));

  it('is not proven by recordings or by a drill', async () => {
    const sample = { ...SSHD, 'fenghuo.sample': 'ssh-brute-force' };
    const look = (
      await opened(
        seen([
          { at: NOON, fields: sample },
          { at: NOON, realm: 'drill:one' },
        ]),
      )
    ).look();
    expect(look(SSH)).toEqual({ lastSampleAt: new Date(NOON).toISOString(), fresh: false });
  });

  it('outlives another set of rules and a restart', async () => {
    const records = createMemoryRecordStore();
    const book = await opened(seen([{ at: NOON - 1000 }]), NOON, records);
    book.use(seen([]));
    expect(book.look()(SSH)?.fresh).toBe(true);
    await book.flush();
    await book.flush();
    const again = await opened(seen([]), NOON + 5000, records);
    expect(again.look()(SSH)).toEqual({ lastEventAt: new Date(NOON - 1000).toISOString(), fresh: true });
    expect((await records.get(everything, 'settings', 'telemetry'))?.version).toBe(1);
    again.use(seen([{ at: NOON + 2000 }]));
    await again.flush();
    expect((await records.get(everything, 'settings', 'telemetry'))?.version).toBe(2);
  });
});
