/** Which log sources the normalizers make events of, and what would bring those of the others. Data, and a look at it. */
import { nearest } from './problem.js';
import { DEVICE_ALARM, ECS_CATEGORIES, UNIX_EVENTS, type LogSource } from './taxonomy.js';
import {
  LINUX_CATEGORIES,
  WINDOWS_CATEGORIES,
  WINDOWS_PROVIDERS,
  WINDOWS_SERVICES,
} from './windows-channels.js';

/** Products, and services without a product, whose logs a normalizer knows by their form; see docs/sources.md. */
const OWN = new Set([
  ...['fenghuo', 'zeek', 'suricata', 'openstack', 'nginx', 'apache', 'haproxy', 'squid', 'bind', 'iptables'],
  ...['cef', 'postgresql', 'mysql', 'auditd'],
]);
/** Services of products of which only these are known. */
const OWN_SERVICES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  aws: ['cloudtrail'],
  kubernetes: ['audit', undefined],
};

/** What ships the logs of a product or service. */
const SHIPPERS: Readonly<Record<string, string>> = {
  azure:
    'Filebeat’s module `azure` ships them from an event hub, as `azure.activitylogs`, `.auditlogs`, `.signinlogs`',
  m365: 'Filebeat’s module `o365` ships them, as `o365.audit`',
  okta: 'Filebeat’s module `okta` ships them, as `okta.system`',
  gcp: 'Filebeat’s modules `gcp` and `google_workspace` ship them, as `gcp.audit` and `google_workspace.admin`, `.login`',
  github: 'Elastic’s integration `github` ships them, as `github.audit`',
  fortigate: 'FortiGate sends CEF, or Filebeat’s module `fortinet` ships them, as `fortinet.firewall`',
  fortios: 'FortiGate sends CEF, or Filebeat’s module `fortinet` ships them, as `fortinet.firewall`',
  paloalto: 'the firewall sends CEF, or Filebeat’s module `panw` ships them, as `panw.panos`',
  cisco: 'Elastic’s integration `cisco_duo` ships them',
  netflow: 'Filebeat’s input `netflow` ships them, as `netflow.log`',
  opencanary: 'OpenCanary posts its JSON to `/ingest` by its webhook',
};

/** What would bring the events of a log source that no normalizer makes; undefined for one that some normalizer does. */
export function deliveryOf({ product, category, service }: LogSource): string | undefined {
  const words = {
    product: product?.toLowerCase(),
    category: category?.toLowerCase(),
    service: service?.toLowerCase(),
  };
  if (words.product === 'windows') return onWindows(words.category, words.service);
  if (words.product === 'linux' || words.product === 'macos') {
    const { category: kind } = words;
    if (kind === undefined || kind in UNIX_EVENTS || kind in ECS_CATEGORIES || kind in LINUX_CATEGORIES)
      return undefined;
    return misspelt('category', kind, [...Object.keys(UNIX_EVENTS), ...Object.keys(LINUX_CATEGORIES)]);
  }
  if (words.product === undefined && words.category !== undefined) {
    const known = { ...ECS_CATEGORIES, ...WINDOWS_CATEGORIES, webserver: '', proxy: '', [DEVICE_ALARM]: '' };
    return words.category in known ? undefined : misspelt('category', words.category, Object.keys(known));
  }
  const name = words.product ?? words.service ?? '';
  if (OWN.has(name) || OWN_SERVICES[name]?.includes(words.service)) return undefined;
  // Its lines are known by their form, whoever sends them.
  if (name === 'cisco' && words.service !== 'duo') return undefined;
  const shipper = SHIPPERS[name];
  return shipper === undefined ? HOW : `${shipper}; ${HOW}`;
}

const HOW =
  'send them with these fields, or say in a pipeline where they lie: `change_logsource` with `events` (docs/rules.md)';

function onWindows(category: string | undefined, service: string | undefined): string | undefined {
  const categories = { ...WINDOWS_CATEGORIES, ...WINDOWS_PROVIDERS, ...ECS_CATEGORIES };
  if (category !== undefined && !(category in categories))
    return misspelt('category', category, Object.keys(categories));
  if (service !== undefined && !(service in WINDOWS_SERVICES))
    return misspelt('service', service, Object.keys(WINDOWS_SERVICES));
  return undefined;
}

function misspelt(key: string, word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close === undefined ? HOW : `did you mean \`${key}: ${close}\`? Otherwise ${HOW}`;
}
