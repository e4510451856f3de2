/**
 * Expressions of RE2 in Lucene's syntax, which knows no anchors, no classes by letter and always takes the whole value.
 * What it cannot say is undefined. Lucene: org.apache.lucene.util.automaton.RegExp with no optional operators.
 */

/** An expression that Elasticsearch takes by default (`index.max_regex_length`). */
const LONGEST = 1000;
const DEEPEST = 50;

interface Flags {
  readonly dotAll: boolean;
  /** Anchors are those of lines. */
  readonly lines: boolean;
  /** Case is disregarded. The query's own option does so, but not within brackets. */
  readonly folds: boolean;
}

/** Of a value that holds the expression anywhere. `flags`: of `i`, `m`, `s`; case is the query's own option. */
export function luceneRegex(source: string, flags: string): string | undefined {
  try {
    const folds = flags.includes('i');
    const lines = flags.includes('m');
    const dotAll = flags.includes('s');
    const made = new Reader(source, { folds, lines, dotAll }).whole();
    return made.length > LONGEST ? undefined : made;
  } catch (error) {
    if (error instanceof Unsaid) return undefined;
    throw error;
  }
}

class Unsaid extends Error {}

const ANY = '(.|\n)*';
const CLASSES: Readonly<Record<string, string>> = {
  d: '0-9',
  w: '0-9A-Za-z_',
  s: '\t\n\f\r ',
};
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v', a: '\x07' };

class Reader {
  readonly #source: readonly string[];
  readonly #flags: Flags;
  #at = 0;
  #depth = 0;

  constructor(source: string, flags: Flags) {
    this.#source = [...source];
    this.#flags = flags;
  }

  /** Anchors stand at the ends of an alternative of the whole, or nowhere. */
  whole(): string {
    const alternatives = [this.#anchored()];
    while (this.#take('|')) alternatives.push(this.#anchored());
    if (this.#at < this.#source.length) throw new Unsaid();
    return anyOf(alternatives);
  }

  #anchored(): string {
    const begins = this.#takeAnchor('^') || this.#takeWords('\\A');
    const sequence = this.#sequence();
    const ends = this.#takeAnchor('$') || this.#takeWords('\\z');
    return `${begins ? '' : ANY}${sequence}${ends ? '' : ANY}`;
  }

  #takeAnchor(anchor: string): boolean {
    if (!this.#take(anchor)) return false;
    if (this.#flags.lines) throw new Unsaid();
    return true;
  }

  #alternatives(): string {
    if (++this.#depth > DEEPEST) throw new Unsaid();
    const alternatives = [this.#sequence()];
    while (this.#take('|')) alternatives.push(this.#sequence());
    this.#depth--;
    return anyOf(alternatives);
  }

  #sequence(): string {
    let made = '';
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next === '|' || next === ')' || next === '$') return made;
      if (next === '\\' && this.#source[this.#at + 1] === 'z') return made;
      const atom = this.#atom();
      const times = this.#repeat();
      // However often nothing is repeated, it is nothing.
      made += atom === '' ? '' : atom + times;
    }
  }

  #atom(): string {
    const next = this.#next();
    if (next === '(') {
      if (this.#take('?')) this.#group();
      const inside = this.#alternatives();
      if (!this.#take(')')) throw new Unsaid();
      return inside;
    }
    if (next === '.') return this.#flags.dotAll ? '(.|\n)' : '[^\n]';
    if (next === '[') return this.#class();
    if (next === '\\') return this.#escape();
    if ('^*+?{'.includes(next)) throw new Unsaid();
    return literal(next);
  }

  /** Behind `(?`: groups with a name or without; no flags within. */
  #group(): void {
    if (this.#take(':')) return;
    this.#take('P');
    if (!this.#take('<')) throw new Unsaid();
    while (/^\w$/.test(this.#peek() ?? '')) this.#at++;
    if (!this.#take('>')) throw new Unsaid();
  }

  #escape(): string {
    const letter = this.#next();
    const set = CLASSES[letter.toLowerCase()];
    if (set !== undefined) return letter === letter.toLowerCase() ? `[${set}]` : `[^${set}]`;
    return literal(this.#escaped(letter));
  }

  /** The character that an escape stands for. */
  #escaped(letter: string): string {
    const control = CONTROLS[letter];
    if (control !== undefined) return control;
    if (letter === 'x') {
      const digits = this.#take('{') ? this.#until('}') : this.#next() + this.#next();
      if (!/^[0-9A-Fa-f]{1,6}$/.test(digits) || Number.parseInt(digits, 16) > 0x10ffff) throw new Unsaid();
      return String.fromCodePoint(Number.parseInt(digits, 16));
    }
    // Other letters and digits mean something that is not known here: boundaries, properties, octal numbers.
    if (/^[A-Za-z0-9]$/.test(letter)) throw new Unsaid();
    return letter;
  }

  #class(): string {
    const negated = this.#take('^');
    let items = '';
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const from = this.#classItem();
      if (CLASS_SETS.has(from)) {
        items += from;
        continue;
      }
      if (this.#peek() === '-' && this.#source[this.#at + 1] !== ']') {
        this.#at++;
        const to = this.#classItem();
        if (CLASS_SETS.has(to) || (to.codePointAt(0) as number) < (from.codePointAt(0) as number))
          throw new Unsaid();
        items += this.#range(from, to);
      } else items += this.#range(from, from);
    }
    this.#at++;
    return `[${negated ? '^' : ''}${items}]`;
  }

  #range(from: string, to: string): string {
    const ranges = [[from, to] as const];
    if (this.#flags.folds)
      for (const [first, last, other] of LETTERS) {
        const [low, high] = [from > first ? from : first, to < last ? to : last];
        if (low <= high) ranges.push([other(low), other(high)]);
      }
    return ranges
      .map(([low, high]) => (low === high ? literal(low) : `${literal(low)}-${literal(high)}`))
      .join('');
  }

  /** A character, or the inside of a set such as `\d`. */
  #classItem(): string {
    const next = this.#next();
    if (next === '[' && this.#peek() === ':') throw new Unsaid();
    if (next !== '\\') return next;
    const letter = this.#next();
    const set = CLASSES[letter];
    if (set !== undefined) return set;
    if (CLASSES[letter.toLowerCase()] !== undefined) throw new Unsaid();
    return this.#escaped(letter);
  }

  /** Whether as much or as little as possible is taken first does not matter to whether it matches. */
  #repeat(): string {
    const times = this.#times();
    if (times === '') return '';
    this.#take('?');
    if ('*+?{'.includes(this.#peek() ?? '.')) throw new Unsaid();
    return times;
  }

  #times(): string {
    for (const sign of '*+?') if (this.#take(sign)) return sign;
    if (!this.#take('{')) return '';
    const bounds = this.#until('}');
    if (!/^\d{1,4}(?:,\d{0,4})?$/.test(bounds)) throw new Unsaid();
    return `{${bounds}}`;
  }

  #until(end: string): string {
    let read = '';
    while (this.#peek() !== end) read += this.#next();
    this.#at++;
    return read;
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }

  #next(): string {
    const next = this.#source[this.#at++];
    if (next === undefined) throw new Unsaid();
    return next;
  }

  #take(wanted: string): boolean {
    if (this.#peek() !== wanted) return false;
    this.#at++;
    return true;
  }

  #takeWords(wanted: string): boolean {
    if (this.#source.slice(this.#at, this.#at + wanted.length).join('') !== wanted) return false;
    this.#at += wanted.length;
    return true;
  }
}

/** The empty string is said by leaving out: where case is disregarded, Lucene does not find it by `()`. */
function anyOf(alternatives: readonly string[]): string {
  const said = alternatives.filter((one) => one !== '');
  if (said.length === 0) return '';
  const all = `(${said.join('|')})`;
  return said.length === alternatives.length ? all : `(${all}?)`;
}

const LETTERS = [
  ['a', 'z', (letter: string) => letter.toUpperCase()],
  ['A', 'Z', (letter: string) => letter.toLowerCase()],
] as const;

const CLASS_SETS: ReadonlySet<string> = new Set(Object.values(CLASSES));

/** Everything that is no letter or digit may be escaped; letters must not be: `\d` would be a class. */
function literal(character: string): string {
  return /^[\x21-\x7e]$/.test(character) && !/^[A-Za-z0-9]$/.test(character) ? `\\${character}` : character;
}
