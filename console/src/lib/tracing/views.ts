/** The three ways to look at a trace, and how far from its moment logs are looked for. */
import type { StartAnswer } from './answers.js';

export const VIEWS = ['tree', 'graph', 'list'] as const;
export type View = (typeof VIEWS)[number];

/** Hours on each side of the event. */
export const HOURS = [1, 6, 24, 168, 720] as const;

/** What the address says; else the tree where there is one, else the graph, or on a phone its list. */
export function viewOf(named: string | null, start: StartAnswer | undefined, phone: boolean): View {
  const tied = phone ? 'list' : 'graph';
  return VIEWS.find((one) => one === named) ?? (start && !start.process ? tied : 'tree');
}
