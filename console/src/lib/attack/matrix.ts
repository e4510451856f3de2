/** The ATT&CK matrix out of the coverage that the API tells: what is looked for, and whether one could see it. */
import type { AttackCoverage, AttackRule, AttackTechnique } from '#kernel/schema/attack.js';

/** Best first: a cell shows the best that any of its rules can say. */
export const STATES = ['fresh', 'sample', 'stale', 'silent', 'off', 'none'] as const;
export type State = (typeof STATES)[number];

export interface Cell {
  readonly technique: AttackTechnique;
  readonly state: State;
  /** Rules that name it or one below it; those that are on come first. */
  readonly rules: readonly AttackRule[];
  /** Of the last days, as far as the reader may see. */
  readonly alerts: number;
  readonly below: readonly Cell[];
}

export interface Column {
  readonly tactic: AttackCoverage['tactics'][number];
  readonly cells: readonly Cell[];
  /** Cells that a rule which is on looks for. */
  readonly covered: number;
}

export type Show = 'all' | 'covered' | 'gaps';

/** What one rule can say: whether it is on, and whether the logs come that it listens to. */
export function stateOf({ enabled, telemetry }: Pick<AttackRule, 'enabled' | 'telemetry'>): State {
  if (!enabled) return 'off';
  // A rule on the platform's own reports: they need no source.
  if (!telemetry || telemetry.fresh) return 'fresh';
  if (telemetry.lastSampleAt !== undefined && telemetry.lastEventAt === undefined) return 'sample';
  return telemetry.lastEventAt === undefined ? 'silent' : 'stale';
}

export function bestOf(states: readonly State[]): State {
  return STATES.find((state) => states.includes(state)) ?? 'none';
}

function cellOf(technique: AttackTechnique, rules: readonly AttackRule[], below: readonly Cell[]): Cell {
  const all = [...new Set([...rules, ...below.flatMap((cell) => cell.rules)])].sort(
    (a, b) => STATES.indexOf(stateOf(a)) - STATES.indexOf(stateOf(b)),
  );
  return {
    technique,
    below,
    rules: all,
    state: bestOf(all.map(stateOf)),
    alerts: all.reduce((sum, { alerts = 0 }) => sum + alerts, 0),
  };
}

export function columnsOf({ tactics, techniques, rules }: AttackCoverage): readonly Column[] {
  const naming = new Map<string, AttackRule[]>();
  for (const rule of rules)
    for (const id of rule.techniques) naming.set(id, [...(naming.get(id) ?? []), rule]);
  const below = new Map<string, Cell[]>();
  const top: AttackTechnique[] = [];
  for (const technique of techniques) {
    const [parent = '', sub] = technique.id.split('.');
    if (sub === undefined) top.push(technique);
    else
      below.set(parent, [
        ...(below.get(parent) ?? []),
        cellOf(technique, naming.get(technique.id) ?? [], []),
      ]);
  }
  const cells = top.map((technique) =>
    cellOf(technique, naming.get(technique.id) ?? [], below.get(technique.id) ?? []),
  );
  return tactics.map((tactic) => {
    const own = cells.filter(({ technique }) => technique.tactics.includes(tactic.name));
    return { tactic, cells: own, covered: own.filter(isCovered).length };
  });
}

/** A rule that is on looks for it, whether or not its logs come. */
export function isCovered({ state }: Pick<Cell, 'state'>): boolean {
  return state !== 'none' && state !== 'off';
}

export interface Filter {
  readonly show: Show;
  /** Part of an identifier, of a title in any language, or of a rule's title. */
  readonly text: string;
}

/** A cell stays if it or one below it is wanted. A gap is what no rule that is on can see now. */
export function filterColumns(columns: readonly Column[], { show, text }: Filter): readonly Column[] {
  const wanted = text.trim().toLowerCase();
  const says = (value: string) => value.toLowerCase().includes(wanted);
  const named = ({ technique, rules, below }: Cell): boolean =>
    [technique, ...below.map((cell) => cell.technique)].some(
      ({ id, titles }) => says(id) || Object.values(titles).some(says),
    ) || rules.some(({ title, titles }) => says(title) || Object.values(titles).some(says));
  const shown = (cell: Cell): boolean =>
    show === 'all' || (show === 'covered' ? isCovered(cell) : cell.state !== 'fresh');
  return columns.map((column) => ({
    ...column,
    cells: column.cells.filter((cell) => shown(cell) && (wanted === '' || named(cell))),
  }));
}

/** How many techniques (those below others aside) are in each state, each once, though it may stand in two columns. */
export function countStates(columns: readonly Column[]): Readonly<Record<State, number>> {
  const seen = new Map(columns.flatMap(({ cells }) => cells.map((cell) => [cell.technique.id, cell.state])));
  const counts = { fresh: 0, sample: 0, stale: 0, silent: 0, off: 0, none: 0 };
  for (const state of seen.values()) counts[state]++;
  return counts;
}

/** Where an arrow key leads from a cell; stays where there is nothing further. */
export function stepFrom(
  columns: readonly Column[],
  [column, row]: readonly [number, number],
  key: string,
): readonly [number, number] {
  const rows = (at: number) => columns[at]?.cells.length ?? 0;
  const sideways = (by: 1 | -1): readonly [number, number] => {
    for (let at = column + by; at >= 0 && at < columns.length; at += by)
      if (rows(at) > 0) return [at, Math.min(row, rows(at) - 1)];
    return [column, row];
  };
  switch (key) {
    case 'ArrowDown':
      return [column, Math.min(row + 1, rows(column) - 1)];
    case 'ArrowUp':
      return [column, Math.max(row - 1, 0)];
    case 'ArrowRight':
      return sideways(1);
    case 'ArrowLeft':
      return sideways(-1);
    case 'Home':
      return [column, 0];
    case 'End':
      return [column, rows(column) - 1];
    default:
      return [column, row];
  }
}
