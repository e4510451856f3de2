/** Ends what was started, in reverse; what fails to end is told and does not keep the rest from ending. */
export interface Closing {
  /** Remembers how to end what was just started. */
  add(name: string, end: () => Promise<unknown> | unknown): void;
  /** Ends all, the last started first. Doing it twice does nothing. */
  all(): Promise<void>;
}

export function createClosing(onError: (error: unknown, name: string) => void): Closing {
  const ends: { name: string; end: () => Promise<unknown> | unknown }[] = [];
  return {
    add: (name, end) => void ends.push({ name, end }),
    async all() {
      for (let last = ends.pop(); last; last = ends.pop()) {
        try {
          await last.end();
        } catch (error) {
          onError(error, last.name);
        }
      }
    },
  };
}
