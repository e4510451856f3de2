/** How far each reader of the journal has come. */
export class ReaderPositions {
  readonly #positions = new Map<string, number>();

  /** `expected`: readers of which nothing is known yet; until they register, nothing may be deleted. */
  constructor(expected: readonly string[]) {
    for (const name of expected) this.#positions.set(name, 0);
  }

  /** A position only goes forward. */
  advance(reader: string, throughFrame: number): void {
    this.#positions.set(reader, Math.max(throughFrame, this.#positions.get(reader) ?? 0));
  }

  /** Frame that all readers have passed; 0 where there is no reader. */
  passed(): number {
    return this.#positions.size === 0 ? 0 : Math.min(...this.#positions.values());
  }
}
