/** What a way out of the house must do: send one message about one alert, or say why not. */
import type { Alert } from '#kernel/schema/alert.js';

export interface Channel {
  readonly name: 'mail' | 'webhook';
  /**
   * Resolves when the other side has taken the message. Rejects with a `ChannelError`, or any error, which counts as
   * passing. `delivery` is the same on every retry, so that the receiver can drop a repetition.
   */
  send(alert: Alert, delivery: string): Promise<void>;
  close(): void;
}

/** `permanent`: trying again would be answered the same. The message carries no secret. */
export class ChannelError extends Error {
  readonly permanent: boolean;
  constructor(message: string, permanent: boolean) {
    super(message);
    this.name = 'ChannelError';
    this.permanent = permanent;
  }
}
