/** The console's colours for what is drawn outside CSS. */

export interface Ink {
  readonly ink: string;
  readonly ink2: string;
  readonly ink3: string;
  readonly line: string;
  readonly sheet: string;
  readonly bar: string;
  readonly fire: string;
  readonly font: string;
}

/** Read anew when `appearance.palette` changes. */
export function readInk(element: Element): Ink {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    ...{ ink: of('--ink'), ink2: of('--ink-2'), ink3: of('--ink-3'), line: of('--line') },
    ...{ sheet: of('--sheet'), bar: of('--bar'), fire: of('--fire'), font: style.fontFamily },
  };
}
