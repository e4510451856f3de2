/** Mail and webhook on new critical alerts, as configured. */
import { createMailChannel } from '#incidents/channels/mail.js';
import { createOutbox, type Outbox } from '#incidents/channels/outbox.js';
import { createWebhookChannel } from '#incidents/channels/webhook.js';
import { authorizeSystem } from '#trust/access/authorize.js';
import type { Ground } from '../ground.js';

export function wireNotices({ records, bus, clock, config, log }: Ground, consoleUrl: string): Outbox {
  const { mail, webhook } = config;
  return createOutbox({
    records,
    bus,
    clock,
    scope: authorizeSystem('notices').scope,
    channels: [
      ...(mail ? [createMailChannel({ ...mail, consoleUrl })] : []),
      ...(webhook ? [createWebhookChannel({ ...webhook, clock, consoleUrl })] : []),
    ],
    onError: (err) => log.error({ err }, 'the outbox failed'),
  });
}
