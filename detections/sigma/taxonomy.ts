/** Sigma's log sources and fields in terms of our events: a predicate over events, and paths for a field. */
import { and, anyOf, equals, not, or, type Query } from '#kernel/query/ast.js';
import {
  LINUX_FIELDS,
  NETWORK_FIELDS,
  UNIX_FIELDS,
  WEB_FIELDS,
  WINDOWS_FIELDS,
  WINDOWS_PROCESS_FIELDS,
  type FieldTable,
} from './field-tables.js';
import { mapProduct } from './products.js';
import {
  LINUX_CATEGORIES,
  WINDOWS_CATEGORIES,
  WINDOWS_PROVIDERS,
  WINDOWS_SERVICES,
  type ChannelEvents,
} from './windows-channels.js';

export interface LogSource {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

export interface LogSourceMapping {
  /** Which of our events are of this source. */
  readonly query: Query;
  readonly fields: (field: string) => readonly string[];
}

/** Programs behind the services of Linux that log by syslog. */
const LINUX_PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  sshd: ['sshd', 'sshd-session', 'sshd-auth'],
  sudo: ['sudo'],
  cron: ['cron', 'crond', 'CRON', 'anacron'],
  vsftpd: ['vsftpd'],
  clamav: ['clamd', 'freshclam', 'clamav', 'clamscan'],
  guacamole: ['guacd', 'guacamole'],
};

/** Category of our own: alarms that other devices raised. */
export const DEVICE_ALARM = 'device_alarm';

/** Categories without a product that ECS knows by its own word. */
export const ECS_CATEGORIES: Readonly<Record<string, string>> = {
  webserver: 'web',
  proxy: 'web',
  antivirus: 'malware',
  database: 'database',
  firewall: 'network',
  dns: 'network',
  authentication: 'authentication',
};

/** Never fails: a source that is not in the tables is looked for by module and data set of its own names. */
export function mapLogSource(source: LogSource): LogSourceMapping {
  const { product, category, service } = lowered(source);
  const known = mapProduct({
    ...(product !== undefined && { product }),
    ...(service !== undefined && { service }),
  });
  if (known) return known;
  if (product === 'windows') return windows(category, service);
  if (product === 'linux' || product === 'macos') return unix(product, category, service);
  if (product === undefined && category === undefined && service !== undefined) return serviceAlone(service);
  if (category === 'webserver' || category === 'proxy')
    return mapping(
      and(equals('event.category', 'web'), ...dataset(product, service)),
      WEB_FIELDS,
      NETWORK_FIELDS,
    );
  if (product === undefined && category === DEVICE_ALARM)
    return mapping(and(equals('event.kind', 'alert'), ...dataset(product, service)), NETWORK_FIELDS);
  if (product === undefined && category !== undefined) {
    if (category in WINDOWS_CATEGORIES) return anyPlatform(category, service);
    const word = ECS_CATEGORIES[category];
    const named =
      category === 'dns'
        ? or({ kind: 'exists', path: 'dns.question.name' }, equals('event.dataset', 'dns'))
        : NOTHING_MORE;
    const query =
      word === undefined
        ? or(equals('event.category', category), equals('event.module', category))
        : and(equals('event.category', word), named);
    return mapping(and(query, ...dataset(undefined, service)), NETWORK_FIELDS);
  }
  if (product === 'cisco' && category === undefined && service !== 'duo')
    return mapping(or(and(...dataset(product, service)), CISCO_LINE), NETWORK_FIELDS);
  const parts = [...dataset(product, service)];
  if (category !== undefined && category !== 'application' && product === undefined)
    parts.push(equals('event.category', category));
  return mapping(and(...parts), product === 'fenghuo' ? {} : NETWORK_FIELDS);
}

const NOTHING_MORE: Query = { kind: 'all' };

/** A message of IOS and its kin, however it came: `%FACILITY-SEVERITY-MNEMONIC: …`. */
const CISCO_LINE: Query = and(not({ kind: 'exists', path: 'winlog.channel' }), {
  kind: 'wildcard',
  path: 'message',
  pattern: [
    { wild: '*' },
    { text: '%' },
    { wild: '*' },
    { text: '-' },
    { wild: '?' },
    { text: '-' },
    { wild: '*' },
    { text: ': ' },
    { wild: '*' },
  ],
});

function lowered(source: LogSource): LogSource {
  const out: { product?: string; category?: string; service?: string } = {};
  for (const key of ['product', 'category', 'service'] as const)
    if (source[key] !== undefined) out[key] = source[key].toLowerCase();
  return out;
}

/** Spaces in a field's name are none in ours. */
function mapping(query: Query, ...tables: readonly FieldTable[]): LogSourceMapping {
  return {
    query,
    fields: (field) => {
      const name = field.replaceAll(' ', '');
      for (const table of tables) if (Object.hasOwn(table, name)) return table[name] as readonly string[];
      return [name];
    },
  };
}

function windows(category: string | undefined, service: string | undefined): LogSourceMapping {
  const parts: Query[] = [];
  if (category !== undefined) {
    const events = WINDOWS_CATEGORIES[category];
    const providers = WINDOWS_PROVIDERS[category];
    if (events) parts.push(or(...events.map(channelEvents)));
    else if (providers) parts.push(anyOf('winlog.provider_name', providers));
    else parts.push(equals('event.category', ECS_CATEGORIES[category] ?? category));
  }
  if (service !== undefined) parts.push(anyOf('winlog.channel', WINDOWS_SERVICES[service] ?? [service]));
  if (parts.length === 0) parts.push({ kind: 'exists', path: 'winlog.channel' });
  const process = category === 'process_creation' ? WINDOWS_PROCESS_FIELDS : {};
  return {
    query: and(...parts),
    fields: (field) => {
      const name = field.replaceAll(' ', '');
      if (Object.hasOwn(process, name)) return process[name] as readonly string[];
      if (Object.hasOwn(WINDOWS_FIELDS, name)) return WINDOWS_FIELDS[name] as readonly string[];
      return [`winlog.event_data.${name}`];
    },
  };
}

function channelEvents({ channels, codes }: ChannelEvents): Query {
  return codes.length === 0
    ? anyOf('winlog.channel', channels)
    : and(anyOf('event.code', codes), anyOf('winlog.channel', channels));
}

/** What an ECS event of the category looks like outside of Windows. */
export const UNIX_EVENTS: Readonly<Record<string, Query>> = {
  process_creation: and(equals('event.category', 'process'), equals('event.type', 'start')),
  process_termination: and(equals('event.category', 'process'), equals('event.type', 'end')),
  file_event: and(equals('event.category', 'file'), equals('event.type', 'creation')),
  file_delete: and(equals('event.category', 'file'), equals('event.type', 'deletion')),
  // A process's own: what a sensor saw on the wire is of no host.
  network_connection: and(
    equals('event.category', 'network'),
    equals('event.type', 'connection'),
    not({ kind: 'exists', path: 'observer.type' }),
  ),
};

function unix(
  product: 'linux' | 'macos',
  category: string | undefined,
  service: string | undefined,
): LogSourceMapping {
  const parts: Query[] = [];
  if (category !== undefined) {
    const shape = UNIX_EVENTS[category] ?? equals('event.category', ECS_CATEGORIES[category] ?? category);
    const others = product === 'linux' ? ['windows', 'macos'] : ['windows', 'linux'];
    const ecs = and(
      shape,
      not({ kind: 'exists', path: 'winlog.channel' }),
      not(anyOf('host.os.type', others)),
    );
    const own = product === 'macos' ? and(ecs, equals('host.os.type', 'macos')) : ecs;
    const sysmon = product === 'linux' ? LINUX_CATEGORIES[category] : undefined;
    parts.push(sysmon ? or(channelEvents(sysmon), own) : own);
  }
  if (service !== undefined)
    parts.push(product === 'linux' ? linuxService(service) : anyOf('process.name', [service]));
  if (parts.length === 0)
    parts.push(
      product === 'linux'
        ? or(
            equals('host.os.type', 'linux'),
            equals('event.module', 'system'),
            equals('event.module', 'auditd'),
          )
        : equals('host.os.type', 'macos'),
    );
  return mapping(and(...parts), category === undefined ? LINUX_FIELDS : UNIX_FIELDS);
}

function linuxService(service: string): Query {
  if (service === 'auth') return equals('event.dataset', 'system.auth');
  if (service === 'syslog') return equals('event.module', 'system');
  return anyOf('process.name', LINUX_PROGRAMS[service] ?? [service]);
}

/** `apache`, `nginx`: a module; anything else a module or a program. */
function serviceAlone(service: string): LogSourceMapping {
  const query = or(equals('event.module', service), equals('process.name', service));
  return mapping(query, WEB_FIELDS, NETWORK_FIELDS);
}

/** A platform category without a product: Windows and Unix both. */
function anyPlatform(category: string, service: string | undefined): LogSourceMapping {
  const both = [windows(category, service), unix('linux', category, service)];
  return {
    query: or(...both.map((one) => one.query)),
    fields: (field) => [...new Set(both.flatMap((one) => one.fields(field)))],
  };
}

/** `event.module` of the product, and of its service the data set `<product>.<service>` or the service's name alone. */
function dataset(product: string | undefined, service: string | undefined): Query[] {
  if (service === undefined) return product === undefined ? [] : [equals('event.module', product)];
  if (product === undefined) return [or(equals('event.module', service), equals('event.dataset', service))];
  const name = service.startsWith(`${product}.`) ? service.slice(product.length + 1) : service;
  return [
    or(
      equals('event.dataset', `${product}.${name}`),
      and(equals('event.module', product), equals('event.dataset', name)),
    ),
  ];
}
