/** The beacon line: every unit a tower, in rows by level; what of it is lit, what burns, what is not connected. */
import type { UnitState } from '#kernel/schema/overview.js';

/** Top to bottom. `own`: the unit that runs this, where it is none of the four. */
export const LEVELS = ['nation', 'province', 'city', 'district', 'own'] as const;
export type Level = (typeof LEVELS)[number];

/**
 * `absent`: nothing of it is connected here. `silent`: connected, but no logs within 15 minutes. `shared`: its logs come
 * through a source of another unit, so that nobody can say when the last came.
 */
export type Fire = 'absent' | 'silent' | 'shared' | 'lit' | 'burning';

export interface Tower {
  readonly unit: string;
  /** Undefined: nobody named it; for `absent` ones too. */
  readonly name: string | undefined;
  readonly fire: Fire;
  readonly openAlerts: number;
  readonly burning: number;
}

export interface Row {
  readonly level: Level;
  readonly towers: readonly Tower[];
  /** Units of the level beyond those that are drawn. */
  readonly more: number;
}

/** Logs are expected to come within this. */
export const LIT_MS = 15 * 60_000;
/** Towers that a row has room for. */
const MOST = 11;
const BY_DEPTH = ['own', 'nation', 'province', 'city', 'district'] as const;

const partsOf = (unit: string) => unit.split('/').filter(Boolean);

/** Its own word where it is one of the four levels, else by the depth of its path. */
export function levelOf({ unit, level }: Pick<UnitState, 'unit' | 'level'>): Level {
  if (level && level !== 'department') return level;
  return BY_DEPTH[partsOf(unit).length] ?? 'district';
}

export function fireOf(state: UnitState, nowMs: number): Fire {
  if (state.burning > 0) return 'burning';
  if (state.sources === 0) return state.openAlerts > 0 ? 'shared' : 'absent';
  if (state.lastLogAt === undefined) return 'silent';
  return nowMs - Date.parse(state.lastLogAt) <= LIT_MS ? 'lit' : 'silent';
}

/** Departments count as their district: a wall has room for four levels. */
function folded(units: readonly UnitState[]): UnitState[] {
  const found = new Map<string, UnitState>();
  for (const state of units) {
    const parts = partsOf(state.unit);
    const unit = parts.length > 4 ? `/${parts.slice(0, 4).join('/')}` : state.unit;
    const before = found.get(unit) ?? { unit, sources: 0, openAlerts: 0, burning: 0 };
    const own = unit === state.unit;
    const lastLogAt = [before.lastLogAt ?? '', state.lastLogAt ?? ''].sort().at(-1);
    found.set(unit, {
      ...before,
      ...(own && state.name !== undefined && { name: state.name }),
      ...(own && state.level !== undefined && { level: state.level }),
      sources: before.sources + state.sources,
      openAlerts: before.openAlerts + state.openAlerts,
      burning: before.burning + state.burning,
      ...(lastLogAt && { lastLogAt }),
    });
  }
  return [...found.values()];
}

const PRESSING: readonly Fire[] = ['burning', 'silent', 'shared', 'lit', 'absent'];

/** The four levels always; a level of which nothing is known stands as one tower that is not connected. */
export function rowsOf(units: readonly UnitState[], nowMs: number): readonly Row[] {
  const all = folded(units).map((state) => ({ level: levelOf(state), tower: towerOf(state, nowMs) }));
  return LEVELS.flatMap((level): Row[] => {
    const towers = all.filter((one) => one.level === level).map(({ tower }) => tower);
    if (towers.length === 0)
      return level === 'own'
        ? []
        : [
            {
              level,
              more: 0,
              towers: [{ unit: '', name: undefined, fire: 'absent', openAlerts: 0, burning: 0 }],
            },
          ];
    // What presses is never among those that there is no room for.
    const kept = new Set(
      [...towers]
        .sort((a, b) => PRESSING.indexOf(a.fire) - PRESSING.indexOf(b.fire))
        .slice(0, MOST)
        .map(({ unit }) => unit),
    );
    const shown = towers.filter(({ unit }) => kept.has(unit));
    return [{ level, towers: shown, more: towers.length - shown.length }];
  });
}

function towerOf(state: UnitState, nowMs: number): Tower {
  const { unit, name, openAlerts, burning } = state;
  return { unit, name: name ?? partsOf(unit).at(-1), fire: fireOf(state, nowMs), openAlerts, burning };
}

export interface Placed extends Tower {
  readonly level: Level;
  readonly x: number;
  readonly y: number;
}

export interface Path {
  readonly from: Placed;
  readonly to: Placed;
}

/** Of the field, in units of the drawing; it is as wide as its fullest row asks for. */
export const HEIGHT = 640;
const NARROW = 480;
const WIDE = 1000;

/** More towers than this in a row have their names beneath them. */
export const CROWDED = 4;

/** Where each tower stands, and who is whose line upward. */
export function placeTowers(rows: readonly Row[]): {
  readonly width: number;
  readonly towers: readonly Placed[];
  readonly paths: readonly Path[];
} {
  const most = Math.max(1, ...rows.map(({ towers }) => towers.length));
  const width = most === 1 ? NARROW : Math.min(WIDE, Math.max(NARROW, most * 230));
  const step = HEIGHT / rows.length;
  const placed = rows.map(({ level, towers }, row) =>
    towers.map((tower, index) => ({
      ...tower,
      level,
      x: towers.length === 1 ? width / 2 - (most === 1 ? 60 : 0) : (width / towers.length) * (index + 0.5),
      y: step * row + step * (towers.length > CROWDED ? 0.42 : level === 'own' ? 0.58 : 0.5),
    })),
  );
  const paths = placed.slice(1).flatMap((row, index) =>
    row.flatMap((to): Path[] => {
      // Whoever runs this is no unit of the line.
      if (to.level === 'own') return [];
      const above = placed[index] ?? [];
      const from = above.find(({ unit }) => unit !== '' && to.unit.startsWith(`${unit}/`)) ?? middleOf(above);
      return from ? [{ from, to }] : [];
    }),
  );
  return { width, towers: placed.flat(), paths };
}

function middleOf<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(list.length / 2)];
}
