/** Which events the log sources of sensors and clouds take, and where their fields lie. */
import { describe, expect, it } from 'vitest';
import { compilePredicate } from '#kernel/query/predicate.js';
import { mapLogSource, type LogSource } from './taxonomy.js';

const EVENTS = {
  'zeek dns': { 'event.module': 'zeek', 'event.dataset': 'zeek.dns' },
  'zeek conn': { 'event.module': 'zeek', 'event.dataset': 'zeek.conn' },
  'zeek conn, of Elastic': { 'event.module': 'zeek', 'event.dataset': 'zeek.connection' },
  'eve alert': { 'event.dataset': 'suricata.eve', 'suricata.eve.event_type': 'alert' },
  'eve dns': { 'event.dataset': 'suricata.eve', 'suricata.eve.event_type': 'dns' },
  cloudtrail: { 'event.module': 'aws', 'event.dataset': 'aws.cloudtrail' },
  'flow log': { 'event.module': 'aws', 'event.dataset': 'aws.vpcflow' },
  kubernetes: { 'event.module': 'kubernetes', 'event.dataset': 'kubernetes.audit' },
  'openstack api': { 'event.module': 'openstack', 'event.dataset': 'openstack.api', 'service.name': 'nova' },
  keystone: {
    'event.module': 'openstack',
    'event.dataset': 'openstack.notification',
    'service.name': 'keystone',
  },
  other: { 'event.module': 'system', 'event.dataset': 'system.auth' },
};

describe('mapLogSource', () => {
  it.each<[LogSource, (keyof typeof EVENTS)[]]>([
    [{ product: 'zeek' }, ['zeek dns', 'zeek conn', 'zeek conn, of Elastic']],
    [{ product: 'Zeek', service: 'DNS' }, ['zeek dns']],
    [{ product: 'zeek', service: 'conn' }, ['zeek conn', 'zeek conn, of Elastic']],
    [{ product: 'suricata' }, ['eve alert', 'eve dns']],
    [{ product: 'suricata', service: 'alert' }, ['eve alert']],
    [{ product: 'aws', service: 'cloudtrail' }, ['cloudtrail']],
    [{ product: 'aws', service: 'vpcflow' }, ['flow log']],
    [{ product: 'kubernetes', service: 'audit' }, ['kubernetes']],
    [{ product: 'kubernetes', category: 'application', service: 'audit' }, ['kubernetes']],
    [{ product: 'openstack' }, ['openstack api', 'keystone']],
    [{ product: 'openstack', service: 'audit' }, ['keystone']],
    [{ product: 'openstack', service: 'nova' }, ['openstack api']],
  ])('%j takes %j', (source, expected) => {
    const holds = compilePredicate(mapLogSource(source).query);
    expect(Object.keys(EVENTS).filter((name) => holds(EVENTS[name as keyof typeof EVENTS]))).toEqual(
      expected,
    );
  });

  it('does not take what a sensor saw for a connection of a host', () => {
    const holds = compilePredicate(mapLogSource({ product: 'linux', category: 'network_connection' }).query);
    const connection = { 'event.category': ['network'], 'event.type': ['connection', 'start'] };
    expect(holds(connection)).toBe(true);
    expect(holds({ ...connection, 'observer.type': 'sensor' })).toBe(false);
  });

  it.each<[LogSource, string, string[]]>([
    [{ product: 'zeek', service: 'http' }, 'user_agent', ['zeek.http.user_agent']],
    [{ product: 'zeek', service: 'http' }, 'c-uri', ['url.original']],
    [{ product: 'zeek', service: 'dns' }, 'id.resp_p', ['destination.port']],
    [
      { product: 'zeek', service: 'x509' },
      'certificate.serial',
      ['zeek.x509.certificate.serial', 'zeek.x509.certificate_serial'],
    ],
    [{ product: 'zeek', service: 'conn' }, 'source.ip', ['source.ip']],
    [{ product: 'suricata' }, 'alert.severity', ['suricata.eve.alert.severity']],
    [{ product: 'suricata' }, 'dest_port', ['destination.port']],
    [{ product: 'aws', service: 'cloudtrail' }, 'eventName', ['event.action']],
    [{ product: 'aws', service: 'cloudtrail' }, 'userIdentity.type', ['aws.cloudtrail.userIdentity.type']],
    [
      { product: 'kubernetes', service: 'audit' },
      'objectRef.resource',
      ['kubernetes.audit.objectRef.resource'],
    ],
    [{ product: 'openstack' }, 'initiator.name', ['openstack.cadf.initiator.name']],
    [{ product: 'openstack' }, 'outcome', ['event.outcome']],
    [{ product: 'openstack' }, 'http.request.method', ['http.request.method']],
  ])('%j has %s at %j', (source, field, paths) => expect(mapLogSource(source).fields(field)).toEqual(paths));

  it('looks for a mount in pods and in the templates of pods', () => {
    const paths = mapLogSource({ product: 'kubernetes', service: 'audit' }).fields('hostPath');
    expect(paths).toContain('kubernetes.audit.requestObject.spec.volumes.hostPath.path');
    expect(paths).toHaveLength(3);
  });
});
