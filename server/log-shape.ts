/** The shape of a log line: what stays when everything that changes from line to line is taken out. */

/** Of a line, so much is looked at: what tells one format from another stands at its beginning. */
const LOOKED_AT = 400;
/** Words of a shape. */
const WORDS = 14;

// Each expression reads on without going back: none has a repetition inside a repetition.
const STEPS: readonly (readonly [RegExp, string])[] = [
  [/"[^"]*"?/g, '"…"'],
  [/'[^']*'/g, "'…'"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '‹time›'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}\b/g, '‹ip›'],
  [/\b[0-9a-f]{4}(?::[0-9a-f]{0,4}){2,7}/gi, '‹ip›'],
  [/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gi, '‹uuid›'],
  [/\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b/gi, '‹hex›'],
  [/\d+/g, '‹n›'],
];

/** At most {@link WORDS} words; lines of one program at one place share it. */
export function logShape(text: string): string {
  let shape = text.slice(0, LOOKED_AT);
  for (const [changing, mark] of STEPS) shape = shape.replace(changing, mark);
  const words = shape.trim().split(/\s+/);
  const kept = words.slice(0, WORDS).join(' ');
  return words.length > WORDS || text.length > LOOKED_AT ? `${kept} …` : kept;
}

export interface ShapeGroup<T> {
  readonly shape: string;
  readonly count: number;
  /** The first that was given. */
  readonly first: T;
}

/** Items by the shape of their text, the most frequent first; ties as they came. */
export function groupByShape<T>(items: Iterable<T>, textOf: (item: T) => string): ShapeGroup<T>[] {
  const groups = new Map<string, { count: number; first: T }>();
  for (const item of items) {
    const shape = logShape(textOf(item));
    const group = groups.get(shape);
    if (group) group.count++;
    else groups.set(shape, { count: 1, first: item });
  }
  return [...groups].map(([shape, group]) => ({ shape, ...group })).sort((a, b) => b.count - a.count);
}
