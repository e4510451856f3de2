import { describe, expect, it } from 'vitest';
import {
  cleared,
  filterOf,
  isUsual,
  ofGroup,
  queryOf,
  readFilters,
  toggled,
  writeFilters,
} from './filters.js';

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
    expect(queryOf(read('')).status).toBe('open');
    expect(queryOf(read('status=any')).status).toBeUndefined();
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

describe('groups', () => {
  it('narrow to one of them, and leave the group', () => {
    const by = (group: string, value: string | null) =>
      writeFilters(ofGroup(read(`severity=high&group=${group}`), value)).toString();
    expect(by('rule', 'r1')).toBe('severity=high&rule=r1');
    expect(by('source', '203.0.113.4')).toBe('severity=high&sourceIp=203.0.113.4');
    expect(by('asset', 'web-1')).toBe('severity=high&host=web-1');
    expect(decodeURIComponent(by('user', null))).toBe('q=not+user:+*&severity=high');
  });
  it('are no part of what is asked of the alerts', () => {
    expect(filterOf(read('group=rule&host=web-1&severity=high,low'))).toEqual({
      ...{ status: 'open', severity: 'high,low', host: 'web-1' },
    });
  });
});
