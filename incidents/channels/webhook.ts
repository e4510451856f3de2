/** Messages by HTTP POST, signed where a secret is given. */
import { createHmac } from 'node:crypto';
import { iso, type Clock } from '#kernel/clock.js';
import { ChannelError, type Channel } from './channel.js';
import { messageOf, plainLine } from './message.js';

export interface WebhookOptions {
  readonly url: string;
  /** Key of the signature. */
  readonly secret?: string;
  readonly clock: Clock;
  /** Default 10,000. */
  readonly timeoutMs?: number;
  readonly consoleUrl?: string;
}

/**
 * `X-Fenghuo-Signature: sha256=<hex>` is the HMAC-SHA256 over `<X-Fenghuo-Timestamp>.<body>`: the receiver checks both
 * and drops what is old.
 */
export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** Answers that may differ the next time: timeout, too early, too many; and all of the server's own failures. */
const PASSING = new Set([408, 425, 429]);

export function createWebhookChannel({
  url,
  secret,
  clock,
  timeoutMs = 10_000,
  consoleUrl,
}: WebhookOptions): Channel {
  return {
    name: 'webhook',
    async send(alert, delivery) {
      const {
        first: _first,
        last: _last,
        samples: _samples,
        applied: _applied,
        groupKey: _groupKey,
        ...summary
      } = alert;
      const { subject, zh, en } = messageOf(alert, consoleUrl);
      const body = JSON.stringify({
        event: 'alert.raised',
        delivery,
        alert: summary,
        text: { subject, zh, en },
      });
      const timestamp = iso(clock.nowMs());
      let status: number;
      try {
        const answer = await fetch(url, {
          method: 'POST',
          body,
          headers: {
            'content-type': 'application/json',
            'user-agent': 'fenghuo',
            'x-fenghuo-delivery': delivery,
            'x-fenghuo-timestamp': timestamp,
            ...(secret !== undefined && { 'x-fenghuo-signature': signatureOf(secret, timestamp, body) }),
          },
          // A redirect could lead a signed message to an inner address that nobody configured.
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMs),
        });
        status = answer.status;
        await answer.body?.cancel();
      } catch (error) {
        const { name, cause } = error as Error & { cause?: { code?: string } };
        throw new ChannelError(name === 'TimeoutError' ? 'timeout' : plainLine(cause?.code ?? name), false);
      }
      if (status >= 200 && status < 300) return;
      throw new ChannelError(`answered ${status}`, status < 500 && !PASSING.has(status));
    },
    close: () => undefined,
  };
}
