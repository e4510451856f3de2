/** `fenghuo tls init`: a local authority and a server certificate for this deployment. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FaultError } from '#kernel/errors.js';
import { readConfig } from '#server/config.js';
import { initTls } from '#trust/crypto/tls.js';
import { UsageError, type Io } from './io.js';

export async function tls(words: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { host: { type: 'string', multiple: true, default: [] } },
  });
  if (positionals.length !== 1 || positionals[0] !== 'init') throw new UsageError('say `init`');
  if (values.host.length === 0) throw new UsageError('give at least one --host');
  const clock = { nowMs: () => Date.now() };
  const result = await initTls(join(readConfig(io.env).home, 'tls'), values.host, clock);
  if (!result.ok) throw new FaultError(result.fault);
  const { caCertificate, certificate, key, hosts, expiresAt } = result.value;
  io.out(
    `certificate  ${certificate}\nkey          ${key}\nnames        ${hosts.join(', ')}\nvalid until  ${expiresAt}\n`,
  );
  io.out(
    `Let browsers and shippers trust ${caCertificate}; keep its key (ca.key) off the server if you can.\n`,
  );
  return 0;
}
