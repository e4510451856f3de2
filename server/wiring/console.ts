/** The console's and the API's listener. */
import { FaultError, fault } from '#kernel/errors.js';
import { isLoopback, namesLoopback, printAddress, type Address } from '../address.js';
import { registerApi, type ApiServices } from '../api.js';
import { buildApp, listen, type AppOptions } from '../app.js';
import type { Ground } from '../ground.js';
import type { Lag } from '../lag.js';
import type { Metrics } from '../metrics.js';
import { healthRoutes } from '../routes/health.js';

export interface RunningConsole {
  readonly address: Address;
  stop(): Promise<void>;
}

/** Throws `port_in_use`, `config_invalid`. */
export async function startConsole(
  ground: Ground,
  services: ApiServices,
  { lag, metrics }: { readonly lag: () => Lag; readonly metrics: Metrics },
): Promise<RunningConsole> {
  const { config } = ground;
  const options: AppOptions = {
    log: ground.log.child({ part: 'console' }),
    audit: ground.audit,
    authenticator: services.authenticator,
    ...(config.tls && { tls: config.tls }),
    trustedProxies: config.trustedProxies,
    // A trusted proxy asks by the name that people use; nobody else calls a loopback address by a name of its own.
    ...(isLoopback(config.listen.host) && config.trustedProxies.length === 0 && { host: namesLoopback }),
    api: (app) => registerApi(app, services),
    outside: (app) => {
      metrics.measure(app, 'console');
      healthRoutes(app, { ...ground, lag, metrics });
    },
  };
  const { server } = await buildApp(options);
  const { host, port } = config.listen;
  try {
    await listen(server, { host, port });
  } catch (error) {
    await server.close();
    throw new FaultError(listenFault(error as NodeJS.ErrnoException, printAddress(config.listen)), {
      cause: error,
    });
  }
  const bound = server.server.address();
  return {
    address: { host, port: typeof bound === 'object' && bound ? bound.port : port },
    stop: () => server.close(),
  };
}

function listenFault(error: NodeJS.ErrnoException, address: string) {
  if (error.code === 'EADDRINUSE') return fault('port_in_use', { address, variable: 'FENGHUO_LISTEN' });
  return fault('config_invalid', {
    name: 'FENGHUO_LISTEN',
    reason: `cannot listen on ${address}: ${error.code ?? error.message}`,
    how: 'use an address of this machine',
  });
}
