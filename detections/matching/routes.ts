/** Routing: the few paths that say what kind of log an event is (channel, event id, data set …), as small tokens. */
import type { FieldValue, Scalar } from '#kernel/event.js';
import type { Leaf, Query } from '#kernel/query/ast.js';
import { fold } from '#kernel/query/fold.js';
import type { EventView, PathTable } from './view.js';

/** What is known of one routing path: whether it is there, and which of the rules' constants its values are. */
interface Token {
  readonly present: boolean;
  readonly constants: ReadonlySet<string>;
}

/** Different bags of constants on one path, at most: what lies beyond is not routed. */
const MAX_TOKENS = 4096;
/** Remembered raw values a path, at most. */
const MAX_REMEMBERED = 8192;
const MAX_REMEMBERED_LENGTH = 256;

class RoutingPath {
  readonly path: string;
  readonly slot: number;
  readonly #constants: ReadonlySet<string>;
  readonly tokens: Token[] = [{ present: false, constants: new Set() }];
  readonly #byBag = new Map<string, number>();
  readonly #byText = new Map<Scalar, number>();
  readonly #byList = new Map<string, number>();

  constructor(path: string, slot: number, constants: ReadonlySet<string>) {
    this.path = path;
    this.slot = slot;
    this.#constants = constants;
  }

  /** Number of the token of a value, or -1 for one more than are kept. */
  tokenOf(value: FieldValue | undefined): number {
    if (value === undefined) return 0;
    if (typeof value === 'object') {
      const [only] = value as readonly Scalar[];
      if (only === undefined) return 0;
      return value.length === 1 ? this.tokenOf(only) : this.#tokenOfList(value as readonly Scalar[]);
    }
    const remembered = this.#byText.get(value);
    if (remembered !== undefined) return remembered;
    const token = this.#intern([value]);
    if (typeof value !== 'string' || value.length <= MAX_REMEMBERED_LENGTH) {
      if (this.#byText.size >= MAX_REMEMBERED) this.#byText.clear();
      this.#byText.set(value, token);
    }
    return token;
  }

  #tokenOfList(values: readonly Scalar[]): number {
    const key = values.join('\n');
    // A value with a line break could read like two.
    if (key.length > MAX_REMEMBERED_LENGTH || values.some((value) => String(value).includes('\n')))
      return this.#intern(values);
    let token = this.#byList.get(key);
    if (token === undefined) {
      token = this.#intern(values);
      if (this.#byList.size >= MAX_REMEMBERED) this.#byList.clear();
      this.#byList.set(key, token);
    }
    return token;
  }

  #intern(values: readonly Scalar[]): number {
    const found = new Set<string>();
    for (const value of values) {
      const folded = fold(String(value));
      if (this.#constants.has(folded)) found.add(folded);
    }
    const key = JSON.stringify([...found].sort());
    let token = this.#byBag.get(key);
    if (token === undefined) {
      if (this.tokens.length >= MAX_TOKENS) return -1;
      token = this.tokens.length;
      this.tokens.push({ present: true, constants: found });
      this.#byBag.set(key, token);
    }
    return token;
  }

  knows(leaf: Leaf, token: number): boolean | undefined {
    const { present, constants } = this.tokens[token] as Token;
    if (!present) return false;
    if (leaf.kind === 'exists') return true;
    if (leaf.kind !== 'equals') return undefined;
    const same = constants.has(fold(String(leaf.value)));
    return same && leaf.cased ? undefined : same;
  }
}

export class Routes {
  readonly #paths: readonly RoutingPath[];
  readonly #byPath: ReadonlyMap<string, number>;

  /** `sources` are the predicates of log sources; every path whose equality or presence they ask about routes, over the constants of all `queries`. */
  constructor(sources: readonly Query[], queries: readonly Query[], table: PathTable) {
    const constants = new Map<string, Set<string>>();
    for (const source of sources)
      visitLeaves(source, (leaf) => {
        if (leaf.kind === 'equals' || leaf.kind === 'exists') constants.set(leaf.path, new Set());
      });
    for (const query of [...sources, ...queries])
      visitLeaves(query, (leaf) => {
        if (leaf.kind === 'equals') constants.get(leaf.path)?.add(fold(String(leaf.value)));
      });
    this.#paths = [...constants].map(([path, set]) => new RoutingPath(path, table.slot(path), set));
    this.#byPath = new Map(this.#paths.map(({ path }, index) => [path, index]));
  }

  get width(): number {
    return this.#paths.length;
  }

  isRouting(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** Writes the event's tokens; false for an event that cannot be routed. */
  read(view: EventView, tokens: Int32Array): boolean {
    for (let index = 0; index < this.#paths.length; index++) {
      const path = this.#paths[index] as RoutingPath;
      const token = path.tokenOf(view.raw(path.slot));
      if (token < 0) return false;
      tokens[index] = token;
    }
    return true;
  }

  /** What the tokens say about a leaf. */
  knows(leaf: Leaf, tokens: Int32Array): boolean | undefined {
    if (!('path' in leaf)) return undefined;
    const index = this.#byPath.get(leaf.path);
    if (index === undefined) return undefined;
    if (leaf.kind === 'fieldRef') return undefined;
    return (this.#paths[index] as RoutingPath).knows(leaf, tokens[index] as number);
  }
}

export function visitLeaves(query: Query, visit: (leaf: Leaf) => void): void {
  if (query.kind === 'and' || query.kind === 'or') for (const part of query.of) visitLeaves(part, visit);
  else if (query.kind === 'not') visitLeaves(query.of, visit);
  else if (query.kind !== 'all' && query.kind !== 'none') visit(query);
}

/** A map over rows of tokens, without making a key of them. */
export class RouteMap<T> {
  readonly #width: number;
  readonly #most: number;
  #root = new Map<number, unknown>();
  size = 0;

  constructor(width: number, most: number) {
    this.#width = width;
    this.#most = most;
  }

  get(tokens: Int32Array): T | undefined {
    let node: unknown = this.#root;
    for (let index = 0; index < this.#width; index++) {
      node = (node as Map<number, unknown>).get(tokens[index] as number);
      if (node === undefined) return undefined;
    }
    return node as T;
  }

  /** False when it is full: then nothing is kept. */
  set(tokens: Int32Array, value: T): boolean {
    if (this.size >= this.#most) return false;
    let node = this.#root;
    for (let index = 0; index < this.#width - 1; index++) {
      const token = tokens[index] as number;
      let child = node.get(token) as Map<number, unknown> | undefined;
      if (!child) node.set(token, (child = new Map()));
      node = child;
    }
    node.set(tokens[this.#width - 1] as number, value);
    this.size++;
    return true;
  }
}
