import { describe, expect, it } from 'vitest';
import type { UnitState } from '#kernel/schema/overview.js';
import { fireOf, levelOf, placeTowers, rowsOf } from './towers.js';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const unit = (path: string, more: Partial<UnitState> = {}): UnitState => ({
  ...{ unit: path, sources: 1, openAlerts: 0, burning: 0, lastLogAt: '2026-11-22T09:50:00.000Z' },
  ...more,
});

it.each([
  [unit('/'), 'own'],
  [unit('/', { level: 'city' }), 'city'],
  [unit('/', { level: 'department' }), 'own'],
  [unit('/cn'), 'nation'],
  [unit('/cn/gd/sz/nanshan'), 'district'],
] as const)('places %j', (state, level) => expect(levelOf(state)).toBe(level));

it.each([
  ['lit', {}],
  ['silent', { lastLogAt: '2026-11-22T09:40:00.000Z' }],
  ['burning', { burning: 1, lastLogAt: '2026-11-22T01:00:00.000Z' }],
] as const)('is %s', (fire, more) => expect(fireOf(unit('/cn', more), NOW)).toBe(fire));

it('knows the silent from those that were never connected', () => {
  const { lastLogAt: _, ...never } = unit('/cn');
  expect(fireOf(never, NOW)).toBe('silent');
  expect(fireOf({ ...never, sources: 0 }, NOW)).toBe('absent');
  expect(fireOf({ ...never, sources: 0, openAlerts: 1 }, NOW)).toBe('shared');
});

describe('rows', () => {
  it('show all four levels, those without a unit as not connected', () => {
    const rows = rowsOf([unit('/', { name: '示例市' })], NOW);
    expect(rows.map(({ level, towers }) => [level, towers.map(({ name, fire }) => [name, fire])])).toEqual([
      ['nation', [[undefined, 'absent']]],
      ['province', [[undefined, 'absent']]],
      ['city', [[undefined, 'absent']]],
      ['district', [[undefined, 'absent']]],
      ['own', [['示例市', 'lit']]],
    ]);
  });

  it('count departments with their district', () => {
    const rows = rowsOf(
      [
        unit('/cn/gd/sz/ns', { lastLogAt: '2026-11-22T01:00:00.000Z', openAlerts: 1 }),
        unit('/cn/gd/sz/ns/health', { openAlerts: 2, burning: 1 }),
      ],
      NOW,
    );
    const district = rows.find(({ level }) => level === 'district');
    expect(district?.towers).toEqual([
      { unit: '/cn/gd/sz/ns', name: 'ns', fire: 'burning', openAlerts: 3, burning: 1 },
    ]);
  });

  it('leave out what is well where there is no room, never what burns', () => {
    const many = Array.from({ length: 20 }, (_, index) =>
      unit(`/cn/gd/sz/d${String(index).padStart(2, '0')}`),
    );
    const rows = rowsOf([...many, unit('/cn/gd/sz/zz', { burning: 2 })], NOW);
    const district = rows.find(({ level }) => level === 'district');
    expect(district?.towers).toHaveLength(11);
    expect(district?.more).toBe(10);
    expect(district?.towers.at(-1)).toMatchObject({ unit: '/cn/gd/sz/zz', fire: 'burning' });
  });
});

it('draws each line to the unit above', () => {
  const rows = rowsOf(
    [
      unit('/cn'),
      unit('/cn/gd'),
      unit('/cn/gx'),
      unit('/cn/gx/nn'),
      unit('/cn/gx/nn/a'),
      unit('/cn/gx/nn/b'),
    ],
    NOW,
  );
  const { towers, paths, width } = placeTowers(rows);
  expect(paths.map(({ from, to }) => `${from.unit} ${to.unit}`)).toEqual([
    '/cn /cn/gd',
    '/cn /cn/gx',
    '/cn/gx /cn/gx/nn',
    '/cn/gx/nn /cn/gx/nn/a',
    '/cn/gx/nn /cn/gx/nn/b',
  ]);
  expect(towers.every(({ x, y }) => x > 0 && x < width && y > 0 && y < 640)).toBe(true);
});
