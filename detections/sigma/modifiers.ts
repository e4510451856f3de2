/** Reads the modifier chain of a field key into what the item compiler needs to know. */
import { DATE_PARTS, type DatePart } from '#kernel/query/ast.js';
import type { Utf16 } from './encoding.js';
import type { Anchoring } from './pattern.js';
import { nearest, type DocumentPath, type Report } from './problem.js';

/** Text-changing steps, applied in the written order. */
export type Transform = 'windash' | 'base64' | 'base64offset' | Utf16;

export interface Modifiers {
  readonly comparison: 'text' | 'regex' | 'cidr' | 'exists' | 'lt' | 'lte' | 'gt' | 'gte' | 'fieldref';
  /** The part of a time that is compared, as a number. */
  readonly datePart?: DatePart;
  readonly anchoring: Anchoring;
  readonly transforms: readonly Transform[];
  /** Every value must hold, not any. */
  readonly all: boolean;
  readonly cased: boolean;
  readonly negated: boolean;
  readonly expand: boolean;
  /** Of the regular expression: any of `i`, `m`, `s`. */
  readonly flags: string;
}

const ANCHORINGS = { contains: 'contains', startswith: 'startsWith', endswith: 'endsWith' } as const;
const COMPARISONS = {
  re: 'regex',
  cidr: 'cidr',
  exists: 'exists',
  lt: 'lt',
  lte: 'lte',
  gt: 'gt',
  gte: 'gte',
  fieldref: 'fieldref',
} as const;
const TRANSFORMS: readonly Transform[] = [
  'windash',
  'base64',
  'base64offset',
  'wide',
  'utf16le',
  'utf16be',
  'utf16',
];
const FLAGS: Readonly<Record<string, string>> = {
  i: 'i',
  ignorecase: 'i',
  m: 'm',
  multiline: 'm',
  s: 's',
  dotall: 's',
};
const DATE_COMPARISONS: readonly Modifiers['comparison'][] = ['text', 'lt', 'lte', 'gt', 'gte'];
const KNOWN = [
  ...Object.keys(ANCHORINGS),
  ...Object.keys(COMPARISONS),
  ...TRANSFORMS,
  ...Object.keys(FLAGS),
  ...DATE_PARTS,
  'all',
  'cased',
  'neq',
  'expand',
];

/** Undefined when something in the chain was wrong; it has been reported then. */
export function readModifiers(
  names: readonly string[],
  at: DocumentPath,
  report: Report,
): Modifiers | undefined {
  const state: { -readonly [K in keyof Modifiers]: Modifiers[K] } & { transforms: Transform[] } = {
    comparison: 'text',
    anchoring: 'equals',
    transforms: [],
    all: false,
    cased: false,
    negated: false,
    expand: false,
    flags: '',
  };
  let sound = true;
  const refuse = (message: string, hint: string, code: 'misplaced' | 'unknown' = 'misplaced'): void => {
    sound = false;
    report({ code: `sigma.modifier.${code}`, message, hint, at, part: 'key' });
  };
  for (const name of names) {
    if (name in ANCHORINGS) {
      if (state.anchoring !== 'equals')
        refuse(`\`${name}\` follows another of contains, startswith, endswith`, 'keep one of them');
      state.anchoring = ANCHORINGS[name as keyof typeof ANCHORINGS];
    } else if (name in COMPARISONS) {
      if (state.comparison !== 'text')
        refuse(
          `\`${name}\` cannot be combined with the comparison before it`,
          'write two items, one for each',
        );
      state.comparison = COMPARISONS[name as keyof typeof COMPARISONS];
    } else if (TRANSFORMS.includes(name as Transform)) state.transforms.push(name as Transform);
    else if (name in FLAGS) {
      if (state.comparison !== 'regex')
        refuse(`\`${name}\` is a flag of \`re\` and must follow it`, 'write `re|' + name + '`');
      else state.flags += FLAGS[name] as string;
    } else if (name === 'all') state.all = true;
    else if (name === 'cased') state.cased = true;
    else if (name === 'neq') state.negated = true;
    else if (name === 'expand') state.expand = true;
    else if (DATE_PARTS.includes(name as DatePart)) {
      if (state.datePart !== undefined || state.comparison !== 'text')
        refuse(
          `\`${name}\` stands alone, or before lt, lte, gt, gte`,
          'write one part of the time, and one item for each',
        );
      state.datePart = name as DatePart;
    } else {
      const close = nearest(name, KNOWN);
      refuse(
        `the modifier \`${name}\` is unknown`,
        close ? `did you mean \`${close}\`?` : 'see the Sigma specification, appendix "modifiers"',
        'unknown',
      );
    }
  }
  if (state.datePart !== undefined && !DATE_COMPARISONS.includes(state.comparison))
    refuse(`\`${state.comparison}\` compares no numbers`, 'take lt, lte, gt, gte, or none of them');
  if (state.datePart !== undefined && (state.anchoring !== 'equals' || state.transforms.length > 0))
    refuse(`a part of a time is a number, not a text`, 'leave only lt, lte, gt or gte beside it');
  const textual = state.comparison === 'text' || state.comparison === 'fieldref';
  if (state.anchoring !== 'equals' && !textual && state.comparison !== 'regex')
    refuse(`contains, startswith and endswith do not go with \`${names.join('|')}\``, 'remove them');
  if (state.transforms.length > 0 && state.comparison !== 'text')
    refuse(
      `\`${state.transforms.join('|')}\` changes texts, and \`${state.comparison}\` compares none`,
      'remove it',
    );
  const encoded = state.transforms.filter((step) => step !== 'windash');
  if (encoded.length > 0 && !encoded.at(-1)?.startsWith('base64'))
    refuse(
      `\`${encoded.at(-1)}\` gives bytes that no log field holds`,
      'follow it with base64 or base64offset',
    );
  return sound ? state : undefined;
}
