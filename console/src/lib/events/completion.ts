/** What can stand where the caret is in a query: a field, a value of a field, or a word of the language. */

export type Slot =
  | { readonly kind: 'field'; readonly from: number; readonly word: string; readonly afterTerm: boolean }
  | { readonly kind: 'value'; readonly from: number; readonly word: string; readonly path: string }
  | { readonly kind: 'none' };

interface Token {
  readonly type: 'word' | 'string' | ':' | '(' | ')' | '<>';
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
}

/** Reads forward once; a backslash takes the next character along. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text[at] as string;
    const from = at;
    if (/\s/.test(character)) {
      at += 1;
    } else if (character === '"') {
      at += 1;
      while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
      const closed = text[at] === '"' && at < text.length;
      at = Math.min(at + 1, text.length);
      const inner = text.slice(from + 1, closed ? at - 1 : at);
      tokens.push({ type: 'string', text: inner, from, to: at, open: !closed });
    } else if (character === ':' || character === '(' || character === ')') {
      at += 1;
      tokens.push({ type: character, text: character, from, to: at, open: false });
    } else if (character === '<' || character === '>') {
      while (/[<>=]/.test(text[at] ?? '')) at += 1;
      tokens.push({ type: '<>', text: text.slice(from, at), from, to: at, open: false });
    } else {
      while (at < text.length && !/[\s"():<>]/.test(text[at] as string)) at += text[at] === '\\' ? 2 : 1;
      at = Math.min(at, text.length);
      tokens.push({ type: 'word', text: text.slice(from, at), from, to: at, open: at === text.length });
    }
  }
  return tokens;
}

const isJoiner = (token: Token | undefined) => token?.type === 'word' && /^(?:and|or|not)$/i.test(token.text);

/** The slot that ends at the caret. */
export function slotAt(text: string, caret: number): Slot {
  const before = text.slice(0, caret);
  const tokens = tokensOf(before);
  const last = tokens.at(-1);
  const partial = last?.open ? last : undefined;
  const done = partial ? tokens.slice(0, -1) : tokens;
  const from = partial?.from ?? before.length;
  const word = partial?.text ?? '';
  const prev = done.at(-1);

  const lists: (string | undefined)[] = [];
  done.forEach((token, index) => {
    if (token.type === '(') lists.push(done[index - 1]?.type === ':' ? done[index - 2]?.text : undefined);
    if (token.type === ')') lists.pop();
  });
  const path = prev?.type === ':' ? done.at(-2)?.text : undefined;
  if (path !== undefined) return { kind: 'value', from, word, path };
  const listed = lists.at(-1);
  if (listed !== undefined && (prev?.type === '(' || isJoiner(prev)))
    return { kind: 'value', from, word, path: listed };
  if (listed !== undefined || prev?.type === '<>' || prev?.type === ':' || partial?.type === 'string')
    return { kind: 'none' };
  const afterTerm = prev !== undefined && prev.type !== '(' && !isJoiner(prev);
  return { kind: 'field', from, word, afterTerm };
}

export interface Offer {
  readonly kind: 'field' | 'value' | 'word' | 'past';
  /** What is shown. */
  readonly label: string;
  /** What replaces the slot; `past` replaces the whole query. */
  readonly text: string;
  readonly count?: number;
  readonly note?: string;
}

export interface KnownField {
  readonly path: string;
  readonly count: number;
  readonly kind: string;
}

const MOST = 12;

/** Fields that begin with the word stand first, then those that hold it; joining words after a finished term. */
export function fieldOffers(slot: Slot & { kind: 'field' }, fields: readonly KnownField[]): Offer[] {
  const small = slot.word.toLowerCase();
  const words = (slot.afterTerm ? ['and', 'or', 'not'] : ['not'])
    .filter((one) => small !== '' && one.startsWith(small) && one !== small)
    .map((one): Offer => ({ kind: 'word', label: one, text: `${one} ` }));
  const joiners =
    slot.afterTerm && small === ''
      ? ['and', 'or', 'not'].map((one): Offer => ({ kind: 'word', label: one, text: `${one} ` }))
      : [];
  const rank = (path: string) => {
    const at = path.toLowerCase().indexOf(small);
    return at < 0 ? -1 : at === 0 ? 0 : path[at - 1] === '.' ? 1 : 2;
  };
  const found = fields
    .map((field) => ({ field, rank: rank(field.path) }))
    .filter(({ rank: one }) => one >= 0)
    .sort((a, b) => a.rank - b.rank || b.field.count - a.field.count)
    .map(({ field }): Offer => ({
      kind: 'field',
      label: field.path,
      text: `${writtenPath(field.path)}: `,
      count: field.count,
      note: field.kind,
    }));
  return [...joiners, ...words, ...found].slice(0, MOST);
}

/** A path as the language reads it: quoted where a plain word would be read otherwise. */
export function writtenPath(path: string): string {
  return /^[\p{L}\p{N}_@.-]+$/u.test(path) && !/^(?:and|or|not)$/i.test(path)
    ? path
    : `"${path.replace(/["\\]/g, '\\$&')}"`;
}

/** The query with the slot replaced, and where the caret goes. */
export function completed(
  text: string,
  caret: number,
  from: number,
  offer: Offer,
): { text: string; caret: number } {
  if (offer.kind === 'past') return { text: offer.text, caret: offer.text.length };
  const head = text.slice(0, from) + offer.text;
  // A colon or closing quote that stands there already is not written twice.
  const tail = text
    .slice(caret)
    .replace(/^"/, offer.kind === 'value' ? '' : '"')
    .replace(/^\s+/, '');
  return { text: head + tail, caret: head.length };
}
