/** What the query bar offers at the caret, and the mistakes of what is typed, found before it is sent. */
import type { FaultDetail } from '#kernel/errors.js';
import { fieldOffers, slotAt, type Offer, type Slot } from './completion.js';
import { readHistory } from './history.js';
import { quoted } from './pivot.js';
import type { EventSearch } from './search.svelte.js';

const PAUSE_MS = 180;
const CHECK_MS = 500;
const VALUES = 10;

export class Completer {
  offers = $state.raw<readonly Offer[]>([]);
  /** Index of the active offer; -1: none, so that Enter searches. */
  at = $state(-1);
  open = $state(false);
  /** Where the slot begins in the text. */
  from = 0;
  /** Of the text being typed; the server's own word comes with its answer. */
  errors = $state.raw<readonly FaultDetail[]>([]);
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #check: ReturnType<typeof setTimeout> | undefined;
  readonly #search: EventSearch;

  constructor(search: EventSearch) {
    this.#search = search;
  }

  get active(): Offer | undefined {
    return this.offers[this.at];
  }

  /** `asked`: by the arrow key; then an empty bar offers one's own searches. */
  look(text: string, caret: number, asked = false): void {
    this.#stop();
    this.errors = [];
    this.#check = setTimeout(() => void this.#judge(text), CHECK_MS);
    if (text.trim() === '') {
      const past = readHistory().map((one): Offer => ({ kind: 'past', label: one, text: one }));
      this.#show(asked ? (past.length > 0 ? past : this.#fieldsFor(slotAt(text, caret))) : []);
      return;
    }
    const slot = slotAt(text, caret);
    if (slot.kind === 'value') {
      this.from = slot.from;
      this.#timer = setTimeout(() => void this.#values(slot), asked ? 0 : PAUSE_MS);
      return;
    }
    this.#show(this.#fieldsFor(slot));
  }

  move(by: 1 | -1): void {
    const count = this.offers.length;
    this.at = this.at < 0 ? (by > 0 ? 0 : count - 1) : (this.at + by + count) % count;
  }

  close(): void {
    this.#stop();
    this.open = false;
    this.at = -1;
  }

  #fieldsFor(slot: Slot): readonly Offer[] {
    if (slot.kind !== 'field') return [];
    this.from = slot.from;
    const fields = this.#search.fields.value?.items ?? [];
    const found = fieldOffers(slot, fields);
    // A word that is typed out needs no offer.
    return found.length === 1 && found[0]?.label === slot.word && found[0].kind === 'word' ? [] : found;
  }

  async #values(slot: Slot & { kind: 'value' }): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const small = slot.word.toLowerCase();
    const forms = ['*', 'cased(', 'fieldref(']
      .filter((one) => small !== '' && one.startsWith(small) && one !== small)
      .map((one): Offer => ({ kind: 'word', label: one, text: one }));
    // The rest of the query is left aside: while it is typed it is seldom whole.
    const answer = await this.#search.terms(slot.path, small ? 100 : VALUES, abort.signal, '');
    if (abort.signal.aborted) return;
    const values = answer.ok
      ? answer.value.items
          .filter(({ value }) => value.toLowerCase().includes(small) && value.length <= 300)
          .slice(0, VALUES)
          .map(({ value, count }): Offer => ({
            kind: 'value',
            label: value,
            text: `${quoted(value)} `,
            count,
          }))
      : [];
    this.#show([...values, ...forms]);
  }

  async #judge(text: string): Promise<void> {
    if (text.trim() === '') return;
    const { parseQuery } = await import('#kernel/query/parse.js');
    const parsed = parseQuery(text);
    // What ends too early is being typed.
    if (!parsed.ok && (parsed.fault.errors?.[0]?.column ?? 0) <= text.trimEnd().length)
      this.errors = parsed.fault.errors ?? [];
  }

  #show(offers: readonly Offer[]): void {
    this.offers = offers;
    this.at = -1;
    this.open = offers.length > 0;
  }

  #stop(): void {
    this.#abort?.abort();
    clearTimeout(this.#timer);
    clearTimeout(this.#check);
  }
}
