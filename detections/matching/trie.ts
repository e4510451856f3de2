/** Literals as a trie over the classes of their units. */
import type { Classes } from './classes.js';

/** Something to look for in texts. */
export interface Literal {
  /** Folded, not empty; beyond the basic plane only characters without case. */
  readonly text: string;
  /** What the literal is a witness of. */
  readonly rules: readonly number[];
}

export type Found = (rules: Int32Array) => void;

/** States as lists of children. */
export interface Trie {
  readonly states: number;
  /** By state: its first child, the next child of its parent, its own class; 0 for none (the root is nobody's child). */
  readonly first: Int32Array;
  readonly sibling: Int32Array;
  readonly unit: Int32Array;
  readonly outputs: Int32Array[];
}

export function buildTrie(literals: readonly Literal[], classes: Classes): Trie {
  const most = literals.reduce((sum, { text }) => sum + text.length, 1);
  const first = new Int32Array(most);
  const sibling = new Int32Array(most);
  const unit = new Int32Array(most);
  const outputs: Int32Array[] = [];
  let states = 1;
  for (const { text, rules } of literals) {
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const wanted = classes.of[text.charCodeAt(at)] as number;
      let child = first[state] as number;
      while (child !== 0 && unit[child] !== wanted) child = sibling[child] as number;
      if (child === 0) {
        child = states++;
        unit[child] = wanted;
        sibling[child] = first[state] as number;
        first[state] = child;
      }
      state = child;
    }
    outputs[state] = Int32Array.from(rules);
  }
  return { states, first, sibling, unit, outputs };
}
