import { describe, expect, it } from 'vitest';
import { cleared, isUsual, queryOf, readFilters, toggled, writeFilters } from './filters.js';
import { directionOf, isInner } from './reading.js';

const read = (text: string) => readFilters(new URLSearchParams(text));

describe('filters in the address', () => {
  const addresses: Record<string, string> = {
    '': '',
    'status=open': '',
    'status=any': 'status=any',
    'status=new,on_hold&severity=high,critical': 'status=new,on_hold&severity=high,critical',
    'assignee=me&sort=count&order=asc': 'assignee=me&sort=count&order=asc',
    'sort=nonsense&order=sideways': '',
    'q=sshd&rule=r1&entity=10.0.0.1': 'q=sshd&rule=r1&entity=10.0.0.1',
  };
  for (const [given, kept] of Object.entries(addresses)) {
    it(given || 'nothing', () => expect(decodeURIComponent(writeFilters(read(given)).toString())).toBe(kept));
  }

  it('asks for the open ones unless told otherwise', () => {
    expect(queryOf(read('')).status).toEqual(['open']);
    expect(queryOf(read('status=any')).status).toEqual([]);
  });
  it('does not mix `open` with single statuses', () => {
    const one = toggled(read(''), 'status', 'closed');
    expect(one.chosen.status).toEqual(['closed']);
    expect(toggled(one, 'status', 'open').chosen.status).toEqual(['open']);
  });
  it('holds several severities but one assignee', () => {
    const both = toggled(toggled(read(''), 'severity', 'high'), 'severity', 'low');
    expect(both.chosen.severity).toEqual(['high', 'low']);
    expect(toggled(both, 'severity', 'high').chosen.severity).toEqual(['low']);
    expect(toggled(toggled(read(''), 'assignee', 'me'), 'assignee', 'none').chosen.assignee).toEqual([
      'none',
    ]);
  });
  it('clears the filters, not the order', () => {
    const after = cleared(read('severity=high&sort=count'));
    expect(after.sort).toBe('count');
    expect(isUsual(after)).toBe(true);
    expect(isUsual(read('severity=high'))).toBe(false);
  });
});

describe('direction', () => {
  const addresses: Record<string, boolean> = {
    '10.1.2.3': true,
    '172.15.0.1': false,
    '172.31.0.1': true,
    '192.168.1.1': true,
    '100.64.0.1': true,
    '100.128.0.1': false,
    '8.8.4.4': false,
    'fd00::1': true,
    'fe80::1': true,
    '2001:db8::1': false,
    '::1': true,
  };
  for (const [address, inner] of Object.entries(addresses))
    it(address, () => expect(isInner(address)).toBe(inner));

  it('is told by both ends', () => {
    expect(directionOf({ sourceIp: '203.0.113.4', destinationIp: '10.0.0.1' })).toBe('in');
    expect(directionOf({ sourceIp: '203.0.113.4', host: 'jump-01' })).toBe('in');
    expect(directionOf({ sourceIp: '10.0.0.1', destinationIp: '8.8.4.4' })).toBe('out');
    expect(directionOf({ sourceIp: '10.0.0.1', destinationIp: '10.0.0.2' })).toBe('inner');
    expect(directionOf({ sourceIp: '8.8.8.8', destinationIp: '8.8.4.4' })).toBe('outer');
    expect(directionOf({ host: 'jump-01' })).toBeUndefined();
  });
});
