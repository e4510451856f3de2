/** Two versions of a rule, line by line. */
import { diffLines } from 'diff';

export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}
export type DiffPiece = DiffLine | { readonly kind: 'skipped'; readonly lines: number };

/** Lines that stay the same beside a change are shown so far. */
const CONTEXT = 3;

/** The changes with three lines about each; empty where nothing changed. */
export function changesOf(before: string, after: string): readonly DiffPiece[] {
  const lines = diffLines(before, after).flatMap(({ value, added, removed }): DiffLine[] =>
    value
      .replace(/\n$/, '')
      .split('\n')
      .map((text) => ({ kind: added ? 'added' : removed ? 'removed' : 'same', text })),
  );
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== 'same'),
  );
  const pieces: DiffPiece[] = [];
  let skipped = 0;
  for (const [at, line] of lines.entries()) {
    if (near[at]) {
      if (skipped > 0) pieces.push({ kind: 'skipped', lines: skipped });
      skipped = 0;
      pieces.push(line);
    } else skipped += 1;
  }
  if (skipped > 0 && pieces.length > 0) pieces.push({ kind: 'skipped', lines: skipped });
  return pieces;
}
