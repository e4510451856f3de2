/** When logs of each kind that rules listen to came last. Kept by route, so that an event costs one comparison. */
/** Ingest times, epoch milliseconds; 0: never. What was replayed from a recording counts apart: it is no telemetry. */
export interface Arrival {
  readonly lastMs: number;
  readonly sampleMs: number;
}

/** The log sources that a route settles, and those that each event of it must be asked about. */
export interface Ear {
  readonly settled: readonly number[];
  readonly open: readonly number[];
  lastMs: number;
  sampleMs: number;
}

/** An open source that was heard is not asked about again for so long. */
const REST_MS = 10_000;

export class Arrivals {
  readonly #ears: Ear[] = [];
  readonly #open: { lastMs: number; sampleMs: number }[];

  constructor(sources: number) {
    this.#open = Array.from({ length: sources }, () => ({ lastMs: 0, sampleMs: 0 }));
  }

  ear(settled: readonly number[], open: readonly number[]): Ear {
    const ear = { settled, open, lastMs: 0, sampleMs: 0 };
    this.#ears.push(ear);
    return ear;
  }

  /** `isSample`: the event was replayed from a recording. `holds` asks the event about an open source. */
  note(ear: Ear, ingestedMs: number, isSample: boolean, holds: (source: number) => boolean): void {
    const at = isSample ? 'sampleMs' : 'lastMs';
    if (ingestedMs > ear[at]) ear[at] = ingestedMs;
    for (const source of ear.open) {
      const heard = this.#open[source] as { lastMs: number; sampleMs: number };
      if (ingestedMs - heard[at] >= REST_MS && holds(source)) heard[at] = ingestedMs;
    }
  }

  of(source: number): Arrival {
    let { lastMs, sampleMs } = this.#open[source] as Arrival;
    for (const ear of this.#ears) {
      if ((ear.lastMs <= lastMs && ear.sampleMs <= sampleMs) || !ear.settled.includes(source)) continue;
      lastMs = Math.max(lastMs, ear.lastMs);
      sampleMs = Math.max(sampleMs, ear.sampleMs);
    }
    return { lastMs, sampleMs };
  }
}
