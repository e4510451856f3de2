/** What `fenghuo rules convert` prints of rules and correlations. */
import { expect, it } from 'vitest';
import { ruleSetOf } from '#detections/rule-set.js';
import { convertRules } from '../cli/rule-convert.js';

const rule = `title: Login
id: 0f1f3f0e-6a83-4c8b-9b59-1c36cbd3c001
logsource: { product: linux, service: sshd }
detection:
  s: { user.name: root }
  condition: s
level: low
`;
const correlation = `title: Many logins
id: 0f1f3f0e-6a83-4c8b-9b59-1c36cbd3c002
correlation:
  type: event_count
  rules: [0f1f3f0e-6a83-4c8b-9b59-1c36cbd3c001]
  group-by: [user.name]
  timespan: 5m
  condition: { gte: 5 }
level: high
`;

it('gives a line a rule, and refuses a correlation with its reason', () => {
  const { ruleSet } = ruleSetOf({ 'a.yml': rule, 'b.yml': correlation });
  const { lines, refused } = convertRules(ruleSet, 'sql');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      ruleId: '0f1f3f0e-6a83-4c8b-9b59-1c36cbd3c001',
      title: 'Login',
      level: 'low',
      query: expect.stringContaining('SELECT * FROM events WHERE ') as string,
    },
  ]);
  expect(refused).toMatchObject([{ code: 'convert.correlation', severity: 'warning', file: 'b.yml' }]);
});
