/** Log sources of network sensors and clouds: their own field names lie below the product's, the common ones in ECS. */
import { and, equals, or, type Query } from '#kernel/query/ast.js';
import { WEB_FIELDS, type FieldTable } from './field-tables.js';
import type { LogSource, LogSourceMapping } from './taxonomy.js';

/** A field of a connection, whatever the sensor calls it. */
const ENDS: FieldTable = {
  src_ip: ['source.ip'],
  src_port: ['source.port'],
  dst_ip: ['destination.ip'],
  dst_port: ['destination.port'],
  dest_ip: ['destination.ip'],
  dest_port: ['destination.port'],
};
const ZEEK: FieldTable = {
  ...ENDS,
  'id.orig_h': ['source.ip'],
  'id.orig_p': ['source.port'],
  'id.resp_h': ['destination.ip'],
  'id.resp_p': ['destination.port'],
};
const CLOUDTRAIL: FieldTable = {
  src_ip: ['source.ip'],
  src_country: ['source.geo.country_name', 'source.geo.country_iso_code'],
  eventName: ['event.action'],
  eventSource: ['event.provider'],
  status: ['event.outcome'],
  // As a whole they are searched as text.
  requestParameters: ['aws.cloudtrail.requestParameters', 'aws.cloudtrail.request_parameters'],
  responseElements: ['aws.cloudtrail.responseElements', 'aws.cloudtrail.response_elements'],
};
const POD = 'kubernetes.audit.requestObject.spec';
/** A pod, and the template of one in a deployment and its kin. */
const POD_SPECS = [POD, `${POD}.template.spec`, `${POD}.jobTemplate.spec.template.spec`];
const KUBERNETES: FieldTable = {
  apiGroup: ['kubernetes.audit.objectRef.apiGroup'],
  hostPath: POD_SPECS.map((spec) => `${spec}.volumes.hostPath.path`),
  capabilities: POD_SPECS.map((spec) => `${spec}.containers.securityContext.capabilities.add`),
  privileged: POD_SPECS.map((spec) => `${spec}.containers.securityContext.privileged`),
  image: POD_SPECS.map((spec) => `${spec}.containers.image`),
  hostNetwork: POD_SPECS.map((spec) => `${spec}.hostNetwork`),
  hostPID: POD_SPECS.map((spec) => `${spec}.hostPID`),
};
const OPENSTACK: FieldTable = {
  ...ENDS,
  action: ['event.action'],
  outcome: ['event.outcome'],
  method: ['http.request.method'],
  status: ['http.response.status_code'],
  uri: ['url.original'],
  path: ['url.path'],
};

/** Roots of ECS that no product uses for names of its own: a field below them means ECS. */
const ECS_ROOTS = new Set([
  'client',
  'cloud',
  'destination',
  'event',
  'host',
  'network',
  'observer',
  'orchestrator',
  'rule',
  'service',
  'source',
  'threat',
  'url',
  'zeek',
  'suricata',
  'aws',
  'kubernetes',
  'openstack',
]);

/** The fields of a table, of web logs by their hyphened names, of ECS, and all others below `prefix`. */
function fieldsOf(table: FieldTable, prefix: string): LogSourceMapping['fields'] {
  return (field) => {
    const name = field.replaceAll(' ', '');
    for (const one of [table, WEB_FIELDS])
      if (Object.hasOwn(one, name)) return one[name] as readonly string[];
    const dot = name.indexOf('.');
    return dot > 0 && ECS_ROOTS.has(name.slice(0, dot)) ? [name] : [`${prefix}.${name}`];
  };
}

/** Written by way of Kafka, Zeek's dots are underscores; only these names have a dot in a rule that matters. */
function zeekFields(log: string): LogSourceMapping['fields'] {
  const plain = fieldsOf(ZEEK, `zeek.${log}`);
  return (field) => {
    const paths = plain(field);
    const dotted = /^zeek\.\w+\.(certificate|san|basic_constraints)\.(\w+)$/.exec(paths[0] ?? '');
    return dotted ? [...paths, `zeek.${log}.${dotted[1]}_${dotted[2]}`] : paths;
  };
}

/** Elastic calls the log of connections `zeek.connection`. */
function zeek(service: string | undefined): LogSourceMapping {
  if (service === undefined) return { query: equals('event.module', 'zeek'), fields: fieldsOf(ZEEK, 'zeek') };
  const log = service === 'connection' ? 'conn' : service;
  const own = equals('event.dataset', `zeek.${log}`);
  return {
    query: log === 'conn' ? or(own, equals('event.dataset', 'zeek.connection')) : own,
    fields: zeekFields(log),
  };
}

/** A service is one of EVE's types: `alert`, `dns`. */
function suricata(service: string | undefined): LogSourceMapping {
  const eve = equals('event.dataset', 'suricata.eve');
  const query: Query =
    service === undefined || service === 'eve' ? eve : and(eve, equals('suricata.eve.event_type', service));
  return { query, fields: fieldsOf(ENDS, 'suricata.eve') };
}

/** A service is a kind of log (`api`, `notification`, `log`) or a program of OpenStack (`keystone`, `nova`). */
function openstack(service: string | undefined): LogSourceMapping {
  const module = equals('event.module', 'openstack');
  const fields = (field: string): readonly string[] => {
    // What CADF does not know (user, http, log) is ECS.
    if (/^(?:user|http|user_agent|log|process)\./.test(field)) return [field];
    return fieldsOf(OPENSTACK, 'openstack.cadf')(field);
  };
  if (service === undefined) return { query: module, fields };
  const kind = service === 'audit' || service === 'cadf' ? 'notification' : service;
  if (['api', 'notification', 'log'].includes(kind))
    return { query: equals('event.dataset', `openstack.${kind}`), fields };
  return { query: and(module, equals('service.name', service)), fields };
}

const AUDITD: FieldTable = {
  type: ['auditd.log.record_type', 'type'],
  syscall: ['auditd.log.syscall_name', 'auditd.log.syscall', 'auditd.log.SYSCALL'],
  exe: ['process.executable', 'auditd.log.exe'],
  comm: ['process.name', 'auditd.log.comm'],
  USER: ['user.name'],
};

/** Rules name what a record names; what a shipper made of it may lie bare. */
function auditd(): LogSourceMapping {
  return {
    query: or(
      equals('event.module', 'auditd'),
      equals('process.name', 'auditd'),
      equals('process.name', 'audispd'),
    ),
    fields: (field) => {
      const name = field.replaceAll(' ', '');
      if (Object.hasOwn(AUDITD, name)) return AUDITD[name] as readonly string[];
      return name.includes('.') ? [name] : [`auditd.log.${name}`, name];
    },
  };
}

/** Undefined for a source that is of none of these products. */
export function mapProduct({ product, service }: LogSource): LogSourceMapping | undefined {
  if (product === 'linux' && service === 'auditd') return auditd();
  if (product === 'zeek') return zeek(service);
  if (product === 'suricata') return suricata(service);
  if (product === 'openstack') return openstack(service);
  if (product === 'aws' && service === 'cloudtrail')
    return {
      query: equals('event.dataset', 'aws.cloudtrail'),
      fields: fieldsOf(CLOUDTRAIL, 'aws.cloudtrail'),
    };
  if (product === 'kubernetes' && (service === 'audit' || service === undefined))
    return {
      query: equals('event.dataset', 'kubernetes.audit'),
      fields: fieldsOf(KUBERNETES, 'kubernetes.audit'),
    };
  return undefined;
}
