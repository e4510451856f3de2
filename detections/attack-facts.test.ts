import { describe, expect, it } from 'vitest';
import type { Fields } from '#kernel/event.js';
import { laxestAction } from '#kernel/vocabulary.js';
import { deviceActionOf, directionOf, factsOf, outcomeOf, ownNetworks } from './attack-facts.js';

const isOwn = ownNetworks();

describe('directionOf', () => {
  const cases: Record<string, [Fields, string | undefined]> = {
    'in from outside': [{ 'source.ip': '203.0.113.9', 'destination.ip': '10.0.0.1' }, 'inbound'],
    'out from inside': [{ 'source.ip': 'fd00::1', 'destination.ip': '2001:db8::1' }, 'outbound'],
    'inside both': [{ 'source.ip': '192.168.1.2', 'destination.ip': '172.31.255.1' }, 'internal'],
    'outside both': [{ 'source.ip': '203.0.113.9', 'destination.ip': '198.51.100.1' }, 'external'],
    'a mapped address': [{ 'source.ip': '::ffff:10.1.1.1', 'destination.ip': '8.8.8.8' }, 'outbound'],
    'what the event says': [{ 'network.direction': 'Ingress', 'source.ip': '10.0.0.1' }, 'inbound'],
    'the host that wrote it': [{ 'source.ip': '203.0.113.9', 'host.name': 'web' }, 'inbound'],
    'a proxy to a name': [
      { 'source.ip': '10.0.0.1', 'host.name': 'proxy', 'destination.domain': 'example.org' },
      undefined,
    ],
    'no source': [{ 'destination.ip': '10.0.0.1' }, undefined],
    'no address': [{ 'source.ip': 'not one', 'destination.ip': '10.0.0.1' }, undefined],
  };
  for (const [name, [fields, expected]] of Object.entries(cases))
    it(name, () => expect(directionOf(fields, isOwn)).toBe(expected));

  it('goes by the networks that the deployment names', () => {
    const fields = { 'source.ip': '203.0.113.9', 'destination.ip': '10.0.0.1' };
    expect(directionOf(fields, ownNetworks(['203.0.113.0/24']))).toBe('outbound');
  });
});

describe('deviceActionOf', () => {
  const cases: Record<string, [Fields, string | undefined]> = {
    'intrusion prevention': [{ 'suricata.eve.alert.action': 'blocked', 'event.action': 'alert' }, 'blocked'],
    'a proxy that refuses': [{ 'event.action': 'TCP_DENIED/403' }, 'blocked'],
    'a firewall': [{ 'event.action': 'Accept' }, 'allowed'],
    'ECS types': [{ 'event.type': ['connection', 'denied'] }, 'blocked'],
    'intrusion detection': [{ 'event.action': 'alert' }, 'logged'],
    'what no device said': [{ 'event.action': 'ssh_login', 'http.response.status_code': 403 }, undefined],
    'a word that every object has': [{ 'event.action': 'constructor' }, undefined],
  };
  for (const [name, [fields, expected]] of Object.entries(cases))
    it(name, () => expect(deviceActionOf(fields)).toBe(expected));
});

describe('factsOf', () => {
  it('reads ports and the client behind a proxy, and nothing out of nonsense', () => {
    expect(
      factsOf(
        {
          'source.ip': '10.0.0.2',
          'source.port': '50022',
          'destination.port': 70_000,
          'http.request.headers.x-forwarded-for': '198.51.100.7, 10.0.0.2',
        },
        isOwn,
      ),
    ).toEqual({ sourcePort: 50_022, clientIp: '198.51.100.7' });
    expect(factsOf({ 'source.ip': '198.51.100.7', 'client.ip': '198.51.100.7' }, isOwn)).toEqual({});
    expect(factsOf({ 'client.ip': `${'<script>'.repeat(100_000)}` }, isOwn)).toEqual({});
  });
});

describe('outcomeOf', () => {
  const cases: Record<string, [Parameters<typeof outcomeOf>[0], Fields, object]> = {
    'the rule': [{ outcome: 'compromised' }, {}, { outcome: 'compromised', reason: 'rule' }],
    'a device that blocked it': [
      {},
      { 'event.outcome': 'success', 'event.action': 'blocked' },
      { outcome: 'attempted', reason: 'device blocked' },
    ],
    'an answer 200 is no proof': [{}, { 'http.response.status_code': 200 }, { outcome: 'unknown' }],
  };
  for (const [name, [rule, fields, expected]] of Object.entries(cases))
    it(name, () => expect(outcomeOf(rule, { fields })).toEqual(expected));
});

it('counts what was let through once, however often it was blocked', () => {
  expect(laxestAction('blocked', 'allowed')).toBe('allowed');
  expect(laxestAction('logged', 'blocked')).toBe('logged');
  expect(laxestAction(undefined, 'blocked')).toBe('blocked');
  expect(laxestAction('blocked', 'blocked')).toBe('blocked');
  expect(laxestAction(undefined, undefined)).toBeUndefined();
});
