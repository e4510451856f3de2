/** The configuration of a command, or its fault thrown. */
import { FaultError } from '#kernel/errors.js';
import { readConfig, type Config } from '#server/config.js';
import type { Io } from './io.js';

export function configOf(io: Io): Config {
  const config = readConfig(io.env);
  if (!config.ok) throw new FaultError(config.fault);
  return config.value;
}
