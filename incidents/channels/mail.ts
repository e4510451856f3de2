/** Messages by mail, over SMTP. */
import { createTransport } from 'nodemailer';
import { ChannelError, type Channel } from './channel.js';
import { messageOf, plainLine } from './message.js';

export interface MailOptions {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  readonly url: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly consoleUrl?: string;
}

const TIMEOUT_MS = 15_000;

export function createMailChannel({ url, from, to, consoleUrl }: MailOptions): Channel {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // A message is made of an alert alone: nothing in it may name a file or an address to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name: 'mail',
    async send(alert, delivery) {
      const { subject, zh, en } = messageOf(alert, consoleUrl);
      try {
        await transport.sendMail({
          from,
          to: [...to],
          subject,
          // Some relays still break 8-bit lines of Chinese.
          textEncoding: 'base64',
          text: `${zh}\n\n${en}\n`,
          headers: { 'X-Fenghuo-Delivery': plainLine(delivery), 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        const { responseCode, code, message } = error as {
          responseCode?: number;
          code?: string;
          message: string;
        };
        // RFC 5321, section 4.2.1: 5yz is permanent. A wrong password may be put right while we retry.
        const permanent = responseCode !== undefined && responseCode >= 500 && code !== 'EAUTH';
        throw new ChannelError(`${code ?? 'SMTP'}: ${plainLine(message)}`, permanent);
      }
    },
    close: () => transport.close(),
  };
}
