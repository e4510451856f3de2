/** Alarms of other devices: title, severity and outcome as the device says, and one alert for one attack. */
import { describe, expect, it } from 'vitest';
import type { Event, Fields } from '#kernel/event.js';
import { alarmOf, attackedHost } from './alarm.js';
import { ownNetworks } from './attack-facts.js';
import { judge } from './judge.js';
import { INGESTED, NO_GROUPS, testEvent, testFrame, testRules } from './judging.fixture.js';

const isOwn = ownNetworks();
const RULE = { level: 'medium' as const };
const alarm = (fields: Fields) => alarmOf(RULE, testEvent(1, fields), isOwn);

describe('the severity of an alarm', () => {
  const cases: Record<string, [Fields, string]> = {
    'the rule’s where the device says nothing': [{}, 'medium'],
    'Suricata’s 1 is the gravest': [{ 'event.module': 'suricata', 'event.severity': 1 }, 'high'],
    '2': [{ 'event.module': 'suricata', 'event.severity': 2 }, 'medium'],
    '3': [{ 'event.module': 'suricata', 'event.severity': 3 }, 'low'],
    '4 is only told': [{ 'event.module': 'suricata', 'event.severity': 4 }, 'informational'],
    'a priority of 255': [{ 'event.module': 'suricata', 'event.severity': 255 }, 'medium'],
    'of ten: 3': [{ 'event.severity': 3 }, 'low'],
    'of ten: 6': [{ 'event.severity': '6' }, 'medium'],
    'of ten: 8.9': [{ 'event.severity': 8.9 }, 'high'],
    'of ten: 10': [{ 'event.severity': 10 }, 'critical'],
    'of hundred: 39': [{ 'event.severity': 39 }, 'low'],
    'of hundred: 99': [{ 'event.severity': 99 }, 'critical'],
    'a word before a number': [{ 'cef.severity': 'Very-High', 'event.severity': 3 }, 'critical'],
    'a word that means nothing': [{ 'log.level': 'alert', 'event.severity': 7 }, 'high'],
    'no number at all': [{ 'event.severity': '' }, 'medium'],
    'what was blocked: a step lower': [{ 'event.severity': 9, 'event.type': ['denied'] }, 'high'],
    'but never lower than low': [{ 'event.severity': 1, 'event.action': 'blocked' }, 'low'],
  };
  for (const [name, [fields, severity]] of Object.entries(cases))
    it(name, () => {
      expect(alarm(fields).severity).toBe(severity);
    });
});

describe('the outcome of an alarm', () => {
  const ends = { 'source.ip': '10.8.0.31', 'destination.ip': '198.51.100.77' };
  const cases: Record<string, [Fields, string]> = {
    'unknown where nobody says': [{ ...ends }, 'unknown'],
    'a machine inside that is steered': [
      { ...ends, 'rule.category': 'Malware Command and Control Activity Detected' },
      'compromised',
    ],
    'not where the device stopped it': [
      { ...ends, 'rule.category': 'Malware Command and Control Activity Detected', 'event.type': ['denied'] },
      'attempted',
    ],
    'not a machine outside': [
      { ...ends, 'source.ip': '203.0.113.9', 'rule.category': 'A Network Trojan was detected' },
      'unknown',
    ],
    succeeded: [{ 'rule.category': 'Successful Administrator Privilege Gain' }, 'succeeded'],
    attempted: [{ 'rule.category': 'Attempted User Privilege Gain' }, 'attempted'],
    'that did not succeed': [{ 'rule.category': 'Unsuccessful User Privilege Gain' }, 'attempted'],
  };
  for (const [name, [fields, outcome]] of Object.entries(cases))
    it(name, () => {
      expect(alarm(fields).outcome.outcome).toBe(outcome);
    });
  it('is the rule’s where it has one', () => {
    const event = testEvent(1, { 'event.type': ['denied'] });
    expect(alarmOf({ ...RULE, outcome: 'compromised' }, event, isOwn).outcome.outcome).toBe('compromised');
  });
});

describe('the device that tells of an alarm', () => {
  const ends = { 'source.ip': '203.0.113.9', 'destination.ip': '10.8.0.20' };
  const named = { 'observer.vendor': 'Vendor', 'observer.product': 'Wall', 'host.name': 'waf-01' };
  it('is named by the host that sent the log, which is not what was attacked', () => {
    expect(alarm({ ...ends, ...named }).device).toBe('Vendor Wall · waf-01');
    expect(attackedHost({ ...ends, ...named })).toBeUndefined();
  });
  it('is no host where an agent on the host itself tells', () => {
    expect(alarm(named).device).toBe('Vendor Wall');
    expect(attackedHost(named)).toBe('waf-01');
    expect(attackedHost({ ...ends, 'host.name': 'pc-1' })).toBe('pc-1');
  });
  it('is the module, else the source, where it has no name', () => {
    expect(alarm({ 'event.module': 'suricata' }).device).toBe('suricata');
    expect(alarm({}).device).toBe('src_1');
    expect(alarm({ 'observer.vendor': 'Zeek', 'observer.product': 'Zeek' }).device).toBe('Zeek');
  });
});

describe('what an alarm is about', () => {
  it('is the same whichever end the device names first, and however it writes the address', () => {
    const there = alarm({ 'source.ip': '203.0.113.9', 'destination.ip': '10.8.0.20' }).attack;
    expect(alarm({ 'source.ip': '10.8.0.20', 'destination.ip': '::ffff:203.0.113.9' }).attack).toBe(there);
  });
  it('is about the client behind a proxy of ours, and not about whom a stranger names', () => {
    const claim = { 'client.ip': '203.0.113.9', 'destination.ip': '10.8.0.20' };
    expect(alarm({ ...claim, 'source.ip': '10.8.0.1' }).attack).toContain('203.0.113.9');
    expect(alarm({ ...claim, 'source.ip': '198.51.100.1' }).attack).not.toContain('203.0.113.9');
  });
  it('is host and file where there are no two ends, and nothing where there is nothing', () => {
    const host = { 'host.name': 'PC-1', 'rule.name': 'Malicious file' };
    expect(alarm({ ...host, 'file.hash.sha256': 'ab' }).attack).toBe('pc-1 – ab');
    expect(alarm(host).attack).toBe('pc-1 – malicious file');
    expect(alarm({}).attack).toBeUndefined();
  });
});

const RULES = testRules([{ id: 'alarm', level: 'medium', passthrough: true, holds: () => true }]);
const ENDS = { 'source.ip': '203.0.113.9', 'destination.ip': '10.8.0.20' };
const seen = (seq: number, fields: Fields): Event => testEvent(seq, { ...ENDS, ...fields });
const WALL = { 'observer.vendor': 'Vendor', 'observer.product': 'Wall', 'event.type': ['denied'] };
const SENSOR = { 'event.module': 'suricata', 'observer.vendor': 'OISF', 'observer.product': 'Suricata' };

describe('judge', () => {
  it('makes one alert of one attack, which names each device and has the gravest one’s title', () => {
    const judgement = judge(
      testFrame(1, [
        seen(1, { ...WALL, 'rule.name': 'Scan', 'event.severity': 5 }),
        seen(2, { ...SENSOR, 'observer.name': 's1', 'rule.name': 'Exploit', 'event.severity': 1 }),
        seen(3, { ...WALL, 'rule.name': 'Scan', 'event.severity': 5 }),
        seen(4, { ...SENSOR, 'observer.name': 's2', 'rule.name': 'Exploit', 'event.severity': 2 }),
        seen(5, { ...SENSOR, 'rule.name': 'Only told', 'event.severity': 4 }),
        testEvent(6, { 'source.ip': '203.0.113.10', 'destination.ip': '10.8.0.20', 'rule.name': 'Other' }),
      ]),
      RULES,
      NO_GROUPS,
      INGESTED,
    );
    expect(judgement.rules).toMatchObject([{ matches: 6, created: 2, merged: 3, signalled: 1 }]);
    expect(judgement.effects).toHaveLength(2);
    expect(judgement.effects[0]).toMatchObject({
      title: 'Exploit',
      severity: 'high',
      count: 4,
      deviceAction: 'blocked',
      outcome: 'attempted',
      devices: [
        { name: 'Vendor Wall', alarms: ['Scan'], count: 2, severity: 'low', action: 'blocked' },
        { name: 'OISF Suricata · s1', alarms: ['Exploit'], count: 1, severity: 'high' },
        { name: 'OISF Suricata · s2', alarms: ['Exploit'], count: 1, severity: 'medium' },
      ],
    });
    expect(judgement.effects[1]).toMatchObject({ title: 'Other', devices: [{ name: 'src_1', count: 1 }] });
  });

  it('names at most twenty devices and five alarms of each, and counts all', () => {
    const events = Array.from({ length: 60 }, (_, at) =>
      seen(at + 1, { 'observer.name': `d${at % 30}`, 'rule.name': `Alarm ${at}`, 'event.severity': 5 }),
    );
    const more = Array.from({ length: 20 }, (_, at) =>
      seen(at + 61, { 'observer.name': 'd0', 'rule.name': `More ${at}`, 'event.severity': 5 }),
    );
    const [effect] = judge(testFrame(1, [...events, ...more]), RULES, NO_GROUPS, INGESTED).effects;
    expect(effect?.devices).toHaveLength(20);
    expect(effect?.devices?.[0]).toMatchObject({ name: 'd0', count: 22 });
    expect(effect?.devices?.[0]?.alarms).toHaveLength(5);
    expect(effect?.count).toBe(80);
  });

  it('cuts a name of a megabyte', () => {
    const [effect] = judge(
      testFrame(1, [seen(1, { 'rule.name': 'x'.repeat(1_000_000), 'observer.name': 'y'.repeat(1_000_000) })]),
      RULES,
      NO_GROUPS,
      INGESTED,
    ).effects;
    expect(effect?.title).toHaveLength(200);
    expect(effect?.devices?.[0]?.name).toHaveLength(200);
  });
});
