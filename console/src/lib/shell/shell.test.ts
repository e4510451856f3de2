import { commands, places } from './palette.js';
import { describe, expect, it } from 'vitest';
import { passwordRules, tokenOf } from '$lib/entry/password.js';
import { titleIn } from '$lib/rules/title.js';
import { roleConflict } from '$lib/settings/roles.js';
import { localChoices } from '$lib/sources/local.js';
import { retentionHolds, shareUsed } from '$lib/storage/outlook.js';
import { homeFor, mayOpen, PLACES, placesFor, safeNext, searchTarget } from './navigation.js';

describe('navigation', () => {
  it('shows only what is open to the person', () => {
    const audit = (permission: string) => ['audit:read', 'users:read', 'storage:read'].includes(permission);
    expect(placesFor(audit).map(({ path }) => path)).toEqual(['/storage', '/audit', '/settings']);
    expect(homeFor(audit)).toBe('/audit');
    expect(['/audit', '/alerts', '/alerts/alr_1', '/settings'].map((path) => mayOpen(path, audit))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(homeFor(() => false)).toBe('/settings');
    expect(homeFor((permission) => permission.startsWith('alerts:'))).toBe('/alerts');
    expect(homeFor((permission) => permission === 'alerts:read')).toBe('/overview');
  });
  it('gives each place a key of its own', () =>
    expect(new Set(PLACES.map(({ chord }) => chord)).size).toBe(PLACES.length));

  const searches: Record<string, string> = {
    ' alr_7Q2M9 ': '/alerts/alr_7Q2M9',
    inc_1: '/incidents/inc_1',
    'failed password': '/events?q=failed%20password',
  };
  for (const [text, target] of Object.entries(searches))
    it(text, () => expect(searchTarget(text)).toBe(target));

  const nexts: [string | null, string][] = [
    [null, '/'],
    ['/alerts?open=alr_1', '/alerts?open=alr_1'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
  ];
  for (const [given, target] of nexts) it(`back to ${given}`, () => expect(safeNext(given)).toBe(target));
});

describe('set-up and accounts', () => {
  it('reads the token from the fragment', () => {
    expect(tokenOf('#token=a-b_c')).toBe('a-b_c');
    expect(tokenOf('')).toBe('');
  });
  const met = (password: string, name: string, repeated = password) =>
    passwordRules(password, name, repeated).map((rule) => rule.met);
  it('ticks the rules of a password', () => {
    expect(met('', 'lihua')).toEqual([false, false, false]);
    expect(met('correct horse 9', 'lihua')).toEqual([true, true, true]);
    expect(met('my-LiHua-secret', 'lihua', 'other')).toEqual([true, false, false]);
  });
  it('keeps the three administrators apart', () => {
    expect(roleConflict(['system', 'lead'])).toBeUndefined();
    expect(roleConflict(['system', 'security'])).toBe('administrators');
    expect(roleConflict(['audit', 'viewer'])).toBe('audit_alone');
    expect(roleConflict(['audit'])).toBeUndefined();
  });
});

it('titles: the reader’s language, its parent, or the original', () => {
  const rule = { title: 'Brute force', titles: { zh: '爆破' } };
  expect([titleIn(rule, 'zh-CN'), titleIn(rule, 'en'), titleIn({ title: 'x' }, 'zh-CN')]).toEqual([
    '爆破',
    'Brute force',
    'x',
  ]);
});

it('local logs: readable first, watched ones known', () => {
  const choices = localChoices(
    {
      journald: { available: false, reason: 'no', group: 'systemd-journal' },
      files: [{ path: '/var/log/a.log', format: 'auto', readable: true }],
    },
    [{ kind: 'file', target: '/var/log/a.log' }],
  );
  expect(choices.map(({ key, readable, watched, group }) => [key, readable, watched, group])).toEqual([
    ['/var/log/a.log', true, true, undefined],
    ['journald', false, false, 'systemd-journal'],
  ]);
});

it('storage: days kept already count towards the retention', () => {
  const days = Array.from({ length: 30 }, () => ({}) as never);
  expect(retentionHolds({ daysLeft: 150, days, retentionDays: 180 })).toBe(true);
  expect(retentionHolds({ daysLeft: 149, days, retentionDays: 180 })).toBe(false);
  expect(retentionHolds({ daysLeft: null, days, retentionDays: 180 })).toBeUndefined();
  expect(shareUsed({ diskTotal: 0, freeBytes: 5 })).toBe(0);
});

describe('the palette', () => {
  const binding = (chord: string, label: string) => ({ chord, label: () => label, run: () => {} });
  it('offers what the page can do, but no keys that only move', () => {
    const offered = commands(
      [binding('a', '指派给我'), binding('j', '下一条'), binding('g a', '前往：告警'), binding('f3', '')],
      '',
    );
    expect(offered.map(({ id }) => id)).toEqual(['do a']);
    expect(commands([binding('a', 'Assign to me')], 'me assign')).toHaveLength(1);
    expect(commands([binding('a', 'Assign to me')], 'close')).toEqual([]);
  });
  it('offers the places that are open to the person', () => {
    const open = places(
      (permission) => permission === 'rules:read',
      '',
      (key) => key,
      () => {},
    );
    expect(open.map(({ id }) => id)).toEqual(['go /rules', 'go /attack', 'go /settings']);
  });
});
