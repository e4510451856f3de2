/** The environment as typed configuration. Everything that can be set stands in `Environment`, with what to write there. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { FaultError, fault } from '#kernel/errors.js';
import { USUAL_FLOOD_LIMIT } from '#detections/flood.js';
import { isLoopback, parseAddress, printAddress, type Address } from './address.js';
import { packageRoot } from './paths.js';

const text = (how: string, extra: { pattern?: string } = {}) =>
  Type.Optional(Type.String({ minLength: 1, ...extra, description: how }));
const ADDRESS = '^\\S+$';
const FLAG = '^(?:yes|no)$';

/** Variables and, as their description, what to write there. */
export const Environment = Type.Object({
  FENGHUO_HOME: text('set it to a folder that the server may write'),
  FENGHUO_LISTEN: text('write host:port, such as 127.0.0.1:8470', { pattern: ADDRESS }),
  FENGHUO_INGEST: text('write host:port, such as 127.0.0.1:8471, or off', { pattern: ADDRESS }),
  FENGHUO_SYSLOG: text('write host:port, such as 127.0.0.1:5514, or off', { pattern: ADDRESS }),
  FENGHUO_STORE: text('leave it away: events and records are kept in FENGHUO_HOME'),
  FENGHUO_RULES: text(`write folders separated by \`${delimiter}\``),
  FENGHUO_PIPELINES: text(`write files or folders separated by \`${delimiter}\``),
  FENGHUO_FILE_ROOTS: text(`write absolute folders separated by \`${delimiter}\``),
  FENGHUO_TLS_CERT: text('name a PEM file that can be read; `fenghuo tls init` makes one'),
  FENGHUO_TLS_KEY: text('name a PEM file that can be read; `fenghuo tls init` makes one'),
  FENGHUO_TRUSTED_PROXIES: text('write networks such as 10.0.0.0/8, separated by commas'),
  FENGHUO_NETWORKS: text('write networks such as 10.0.0.0/8, separated by commas'),
  FENGHUO_RETENTION_DAYS: text('write a number of days from 1 to 36500', { pattern: '^[1-9][0-9]{0,4}$' }),
  FENGHUO_FLOOD_LIMIT: text('write a number of alerts from 10 to 999999', { pattern: '^[1-9][0-9]{1,5}$' }),
  FENGHUO_DISK_FLOOR: text('write bytes (1073741824), or a share of the disk (5%)', {
    pattern: '^(?:[0-9]{1,15}|[0-9]{1,2}%)$',
  }),
  FENGHUO_UNIT: text('write the name of the unit at the top of this deployment'),
  FENGHUO_NOTIFY_WEBHOOK: text('write an http or https address', { pattern: '^https?://' }),
  FENGHUO_NOTIFY_WEBHOOK_SECRET_FILE: text('name a file that holds the shared secret'),
  FENGHUO_SMTP_URL: text('write smtp://host:port or smtps://user:password@host', { pattern: '^smtps?://' }),
  FENGHUO_SMTP_URL_FILE: text('name a file that holds the SMTP address'),
  FENGHUO_MAIL_FROM: text('write a mail address', { pattern: '@' }),
  FENGHUO_MAIL_TO: text('write mail addresses separated by commas', { pattern: '@' }),
  FENGHUO_INSECURE_LISTEN: text('leave it away, or write yes-without-tls', { pattern: '^yes-without-tls$' }),
  FENGHUO_INGEST_OPEN: text('leave it away, or write yes-without-keys', { pattern: '^yes-without-keys$' }),
  FENGHUO_LOG: text('write trace, debug, info, warn, error or silent', {
    pattern: '^(?:trace|debug|info|warn|error|silent)$',
  }),
  FENGHUO_WATCH_RULES: text('write yes or no', { pattern: FLAG }),
});
export type Environment = Static<typeof Environment>;

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Config {
  /** Data of this server, absolute. */
  readonly home: string;
  readonly listen: Address;
  /** Undefined: off. */
  readonly ingest?: Address;
  readonly syslog?: Address;
  /** Rule folders besides our own, absolute. */
  readonly rules: readonly string[];
  /** Pipeline files, and folders of them, besides those in rule folders, absolute. */
  readonly pipelines: readonly string[];
  /** Folders below which log files may be watched, absolute: /var/log, and what was named. */
  readonly fileRoots: readonly string[];
  /** Reread the rule folders when a file changes; default yes. */
  readonly watchRules: boolean;
  /** Present where both files exist: console and ingest then speak TLS. */
  readonly tls?: TlsFiles;
  /** Networks whose `X-Forwarded-*` is believed. */
  readonly trustedProxies: readonly string[];
  /** Networks that are ours: they tell inbound from outbound. Absent: the usual private ones. */
  readonly networks?: readonly string[];
  readonly retentionDays: number;
  /** New alerts that a rule may open in a minute; further matches are told of in one alert. */
  readonly floodLimit: number;
  /** Free disk below which the oldest day is dropped early: bytes, or a share of the disk (0 to 1). */
  readonly diskFloor: { readonly bytes: number } | { readonly share: number };
  /** Name of the unit `/`. */
  readonly unit: string;
  readonly webhook?: { readonly url: string; readonly secret?: string };
  readonly mail?: { readonly url: string; readonly from: string; readonly to: readonly string[] };
  readonly insecureListen: boolean;
  /** Ingest without keys also off loopback. */
  readonly ingestOpen: boolean;
  readonly logLevel: string;
}

function refusal(name: keyof Environment, reason: string): FaultError {
  const how = String((Environment.properties[name] as { description?: string }).description ?? '');
  return new FaultError(fault('config_invalid', { name, reason, how }));
}

/** Throws `config_invalid` (name, reason, how). Files that hold secrets are read here, once. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.keys(Environment.properties)
      .map((name) => [name, environment[name]?.trim()] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const [wrong] = Value.Errors(Environment, given);
  if (wrong) {
    const name = wrong.instancePath.slice(1) as keyof Environment;
    throw refusal(name, `\`${given[name]}\` is not of the form`);
  }
  return build(given as Environment);
}

/** Names that start with `FENGHUO_` and mean nothing: most likely a slip of the pen, so start-up tells them. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  return Object.keys(environment).filter(
    (name) =>
      name.startsWith('FENGHUO_') && !name.startsWith('FENGHUO_TEST_') && !(name in Environment.properties),
  );
}

function paths(list = ''): readonly string[] {
  return list.split(delimiter).flatMap((path) => (path ? [resolve(path)] : []));
}

function build(env: Environment): Config {
  const home = resolve(env.FENGHUO_HOME ?? join(packageRoot, 'var'));
  if (env.FENGHUO_STORE !== undefined && env.FENGHUO_STORE !== 'embedded')
    throw refusal(
      'FENGHUO_STORE',
      `\`${env.FENGHUO_STORE}\` comes with a later version; only the embedded store is here`,
    );
  const ingest = optionalAddress(env, 'FENGHUO_INGEST', '127.0.0.1:8471');
  const syslog = optionalAddress(env, 'FENGHUO_SYSLOG', '127.0.0.1:5514');
  const tls = tlsFiles(env, home);
  const webhook = webhookOf(env);
  const mail = mailOf(env);
  return {
    home,
    listen: address(env, 'FENGHUO_LISTEN', '127.0.0.1:8470'),
    ...(ingest && { ingest }),
    ...(syslog && { syslog }),
    rules: paths(env.FENGHUO_RULES),
    pipelines: paths(env.FENGHUO_PIPELINES),
    fileRoots: fileRoots(env.FENGHUO_FILE_ROOTS ?? ''),
    watchRules: env.FENGHUO_WATCH_RULES !== 'no',
    ...(tls && { tls }),
    trustedProxies: networks('FENGHUO_TRUSTED_PROXIES', env.FENGHUO_TRUSTED_PROXIES ?? ''),
    ...(env.FENGHUO_NETWORKS !== undefined && {
      networks: networks('FENGHUO_NETWORKS', env.FENGHUO_NETWORKS),
    }),
    retentionDays: retention(env.FENGHUO_RETENTION_DAYS ?? '180'),
    floodLimit: Number(env.FENGHUO_FLOOD_LIMIT ?? USUAL_FLOOD_LIMIT),
    diskFloor: diskFloor(env.FENGHUO_DISK_FLOOR ?? String(1024 ** 3)),
    unit: env.FENGHUO_UNIT ?? 'Fenghuo',
    ...(webhook && { webhook }),
    ...(mail && { mail }),
    insecureListen: env.FENGHUO_INSECURE_LISTEN !== undefined,
    ingestOpen: env.FENGHUO_INGEST_OPEN !== undefined,
    logLevel: env.FENGHUO_LOG ?? 'info',
  };
}

function address(
  env: Environment,
  name: 'FENGHUO_LISTEN' | 'FENGHUO_INGEST' | 'FENGHUO_SYSLOG',
  otherwise: string,
): Address {
  const parsed = parseAddress(env[name] ?? otherwise);
  if (!parsed) throw refusal(name, `\`${env[name]}\` is not an address`);
  return parsed;
}

function optionalAddress(
  env: Environment,
  name: 'FENGHUO_INGEST' | 'FENGHUO_SYSLOG',
  otherwise: string,
): Address | undefined {
  return env[name] === 'off' ? undefined : address(env, name, otherwise);
}

function tlsFiles(env: Environment, home: string): TlsFiles | undefined {
  const cert = resolve(env.FENGHUO_TLS_CERT ?? join(home, 'tls', 'server.crt'));
  const key = resolve(env.FENGHUO_TLS_KEY ?? join(home, 'tls', 'server.key'));
  for (const [name, path] of [
    ['FENGHUO_TLS_CERT', cert],
    ['FENGHUO_TLS_KEY', key],
  ] as const)
    if (env[name] !== undefined && !existsSync(path)) throw refusal(name, `there is no file \`${path}\``);
  return existsSync(cert) && existsSync(key) ? { cert, key } : undefined;
}

function fileRoots(list: string): readonly string[] {
  const named = list.split(delimiter).filter((folder) => folder !== '');
  const relative = named.find((folder) => !isAbsolute(folder));
  if (relative !== undefined) throw refusal('FENGHUO_FILE_ROOTS', `\`${relative}\` is not absolute`);
  return ['/var/log', ...named.map((folder) => resolve(folder))];
}

function networks(name: 'FENGHUO_TRUSTED_PROXIES' | 'FENGHUO_NETWORKS', list: string): readonly string[] {
  return list.split(',').flatMap((item) => {
    const network = item.trim();
    if (network === '') return [];
    // A bare address or a word such as `loopback` is refused: what is believed must be readable from the setting.
    if (!ipaddr.isValidCIDR(network)) throw refusal(name, `\`${network}\` is not a network`);
    return [network];
  });
}

function retention(days: string): number {
  const number = Number(days);
  if (number > 36_500) throw refusal('FENGHUO_RETENTION_DAYS', `\`${days}\` is too long`);
  return number;
}

function diskFloor(value: string): Config['diskFloor'] {
  return value.endsWith('%') ? { share: Number(value.slice(0, -1)) / 100 } : { bytes: Number(value) };
}

function secretFrom(name: keyof Environment, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw refusal(name, `\`${path}\` cannot be read`);
  }
}

function webhookOf(env: Environment): Config['webhook'] {
  if (env.FENGHUO_NOTIFY_WEBHOOK === undefined) return undefined;
  if (!URL.canParse(env.FENGHUO_NOTIFY_WEBHOOK))
    throw refusal('FENGHUO_NOTIFY_WEBHOOK', 'it is not an address');
  const file = env.FENGHUO_NOTIFY_WEBHOOK_SECRET_FILE;
  const secret = file === undefined ? undefined : secretFrom('FENGHUO_NOTIFY_WEBHOOK_SECRET_FILE', file);
  return { url: env.FENGHUO_NOTIFY_WEBHOOK, ...(secret && { secret }) };
}

function mailOf(env: Environment): Config['mail'] {
  const file = env.FENGHUO_SMTP_URL_FILE;
  const url =
    env.FENGHUO_SMTP_URL ?? (file === undefined ? undefined : secretFrom('FENGHUO_SMTP_URL_FILE', file));
  if (url === undefined) return undefined;
  if (!URL.canParse(url))
    throw refusal(file ? 'FENGHUO_SMTP_URL_FILE' : 'FENGHUO_SMTP_URL', 'it is not an address');
  if (!env.FENGHUO_MAIL_FROM) throw refusal('FENGHUO_MAIL_FROM', 'it is needed with an SMTP address');
  if (!env.FENGHUO_MAIL_TO) throw refusal('FENGHUO_MAIL_TO', 'it is needed with an SMTP address');
  return { url, from: env.FENGHUO_MAIL_FROM, to: env.FENGHUO_MAIL_TO.split(',').map((to) => to.trim()) };
}

/** Off loopback, neither console nor ingest opens without TLS. Throws `insecure_listen`. */
export function refuseInsecure(config: Config): void {
  if (config.tls || config.insecureListen) return;
  const open = [config.listen, config.ingest].find((at) => at !== undefined && !isLoopback(at.host));
  if (open)
    throw new FaultError(
      fault('insecure_listen', {
        address: printAddress(open),
        missing: 'TLS',
        how: 'run `fenghuo tls init`, or set FENGHUO_INSECURE_LISTEN=yes-without-tls where another program ends TLS in front',
      }),
    );
}
