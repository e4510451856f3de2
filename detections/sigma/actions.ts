/** Action documents of a rule file: what `global` and `repeat` lend to other documents. */
import { isBag, type Bag } from './metadata.js';
import type { LocatedProblem } from './place.js';
import { nearest, type DocumentPath } from './problem.js';

/** A document after its merge. */
export interface MergedDocument {
  readonly document: unknown;
  /** Its index in the file. */
  readonly index: number;
  /** The documents it was merged from, the strongest first; none where nothing was merged. */
  readonly origins: readonly Origin[];
}

interface Origin {
  readonly document: Bag;
  readonly index: number;
}

export interface MergedDocuments {
  /** The documents that describe something: without `global` and `reset`. */
  readonly documents: readonly MergedDocument[];
  /** Action documents that could not be followed. */
  readonly failed: number;
}

/** Documents of one file that others may lend to: each is compiled with all that it is lent. */
export const MAX_MERGED = 200;

const ACTIONS = ['global', 'reset', 'repeat'];

/**
 * Follows the `action` of each document, in their order: `global` is merged into every rule after it until `reset`,
 * `repeat` is the document before it with what it says itself. Maps merge key by key; of anything else what `global` says
 * stands over the rule's own, and what `repeat` says over what it repeats, as the reference implementation has it.
 * Correlations and filters take nothing from others. An id that several would share is one only of the first.
 */
export function mergeActions(
  documents: readonly { readonly document: unknown; readonly index: number }[],
  report: (problem: LocatedProblem) => void,
): MergedDocuments {
  const merged: MergedDocument[] = [];
  let globals: readonly Origin[] = [];
  let unused: readonly Origin[] = [];
  let previous: readonly Origin[] = [];
  const ids = new Set<string>();
  let failed = 0;
  let lent = 0;
  const add = (index: number, origins: readonly Origin[]): void => {
    if (origins.length > 1 && ++lent > MAX_MERGED) {
      failed++;
      if (lent === MAX_MERGED + 1) report(tooMany(index));
      return;
    }
    const bags = origins.map(({ document }) => document);
    const whole = bags.reduceRight((under, over) => merge(under, over));
    const giver = origins.find(({ document }) => Object.hasOwn(document, 'id'));
    const id = String(giver?.document['id']);
    const taken = giver !== undefined && giver.index !== index && ids.has(id);
    merged.push({ document: taken ? { ...whole, id: `${id}#${index + 1}` } : whole, index, origins });
    if (giver) ids.add(id);
    previous = origins;
    unused = [];
  };
  const dropUnused = (): void => {
    for (const { index } of unused) report(unusedGlobal(index));
    unused = [];
  };
  for (const { document, index } of documents) {
    if (!isBag(document) || Object.hasOwn(document, 'filter') || Object.hasOwn(document, 'correlation')) {
      merged.push({ document, index, origins: [] });
      continue;
    }
    const { action, ...content } = document;
    const own: Origin = { document: content, index };
    if (!Object.hasOwn(document, 'action')) add(index, [...globals, own]);
    else if (action === 'global') {
      globals = [own, ...globals];
      previous = globals;
      unused = [...unused, own];
    } else if (action === 'reset') {
      dropUnused();
      globals = [];
    } else if (action === 'repeat' && previous.length > 0) add(index, [own, ...previous]);
    else {
      failed++;
      report(action === 'repeat' ? nothingBefore(index) : unknownAction(action, index));
    }
  }
  dropUnused();
  return { documents: merged, failed };
}

/** `over` stands where both say something, but for maps, which merge. */
function merge(under: Bag, over: Bag): Bag {
  const result = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const before = result.get(key);
    result.set(key, isBag(before) && isBag(value) ? merge(before, value) : value);
  }
  return Object.fromEntries(result);
}

/** The document that wrote what the path names: the one that has most of the path, the strongest of equals. */
export function writerOf({ origins, index }: MergedDocument, path: DocumentPath): number {
  let best = index;
  let longest = 0;
  for (const origin of origins) {
    const length = depth(origin.document, path);
    if (length > longest) {
      best = origin.index;
      longest = length;
    }
  }
  return best;
}

function depth(document: unknown, path: DocumentPath): number {
  let value = document;
  for (const [length, step] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return length;
    value = (value as Record<string | number, unknown>)[step];
  }
  return path.length;
}

function tooMany(document: number): LocatedProblem {
  return {
    code: 'sigma.document.too_large',
    message: `more than ${MAX_MERGED} documents of the file are merged with others`,
    hint: 'split the file',
    at: [],
    document,
  };
}

function unusedGlobal(document: number): LocatedProblem {
  return {
    code: 'sigma.action.unused',
    severity: 'warning',
    message: 'no document follows that `action: global` could be merged into',
    hint: 'put it before the rules it is for, or remove it',
    at: ['action'],
    document,
  };
}

function nothingBefore(document: number): LocatedProblem {
  return {
    code: 'sigma.action.nothing_before',
    message: 'there is no document before this one to repeat',
    hint: 'put it after the rule it varies, or remove `action`',
    at: ['action'],
    document,
  };
}

function unknownAction(action: unknown, document: number): LocatedProblem {
  const close = typeof action === 'string' ? nearest(action, ACTIONS) : undefined;
  return {
    code: 'sigma.action.unknown',
    message: '`action` must be one of global, reset, repeat',
    hint: close ? `did you mean \`${close}\`?` : 'remove it from a rule that stands by itself',
    at: ['action'],
    document,
  };
}
