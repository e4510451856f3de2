/** A range of buckets being chosen in the histogram, by dragging or by keys. */

export interface Span {
  /** Where it began. */
  readonly anchor: number;
  readonly at: number;
}

export function edgesOf({ anchor, at }: Span): readonly [number, number] {
  return anchor <= at ? [anchor, at] : [at, anchor];
}

/** The span after a key; undefined where the key is none of ours. Shift keeps the anchor. */
export function movedSpan(
  span: Span | undefined,
  key: string,
  shift: boolean,
  last: number,
): Span | undefined {
  const from = span?.at ?? (key === 'ArrowLeft' ? last + 1 : -1);
  const steps: Record<string, number> = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    PageUp: from - 10,
    PageDown: from + 10,
    Home: 0,
    End: last,
  };
  const next = steps[key];
  if (next === undefined) return undefined;
  const at = Math.min(last, Math.max(0, next));
  return { anchor: shift ? (span?.anchor ?? at) : at, at };
}
