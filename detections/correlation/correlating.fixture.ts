/** What the tests of correlations share: rules over a word in `message`, and correlations over them. */
import type { Event, Fields } from '#kernel/event.js';
import { ruleSetOf, type SigmaRuleSet } from '../rule-set.js';
import type { Correlator, Firing } from './correlator.js';
import { feedMatch } from './signal.js';

export const START = Date.UTC(2026, 0, 15, 12);
const ID = '5d0c2f34-8f0a-4b8e-9d8e-0000000000';

export function base(name: string, more = ''): string {
  return `title: Says ${name}
id: ${ID}${name.padStart(2, '0')}
name: ${name}
logsource: { product: test }
detection:
  selection: { message: '${name}' }
  condition: selection
level: low
${more}`;
}

export function correlation(name: string, body: string, more = 'level: high'): string {
  return `title: Correlation ${name}
id: ${ID}${name.padStart(2, '0')}
name: ${name}
correlation:
  timespan: 10m
${body
  .trim()
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
${more}
`;
}

export function idOf(name: string): string {
  return `${ID}${name.padStart(2, '0')}`;
}

/** Throws where a rule has a problem. */
export function setOf(...documents: readonly string[]): SigmaRuleSet {
  const { ruleSet, diagnostics } = ruleSetOf({ 'test.yml': documents.join('---\n') });
  const wrong = diagnostics.filter(({ severity }) => severity === 'error');
  if (wrong.length > 0) throw new Error(JSON.stringify(wrong, null, 2));
  return ruleSet;
}

/** An event that says `word`, so many minutes after the start of the test. */
export function at(minute: number, word: string, fields: Fields = {}, more: Partial<Event> = {}): Event {
  const timeMs = START + minute * 60_000;
  return {
    id: `evt_${minute}_${word}_${JSON.stringify(fields)}`,
    seq: 1,
    ...{
      timeMs,
      ingestedMs: START + 3_600_000,
      unit: '/cn',
      realm: 'live',
      classification: 1,
      source: 'src_1',
    },
    fields: { 'event.module': 'test', message: word, host: 'h', ...fields },
    ...more,
  };
}

/** Feeds what the rules match of the event. */
export function feed(correlator: Correlator, rules: SigmaRuleSet, event: Event): Firing[] {
  return rules
    .match(event, (_, error) => {
      throw error;
    })
    .flatMap((match) => feedMatch(rules.correlations, correlator, match, event));
}

/** A firing in short: correlation, group, minute. */
export function told({ definition, group, anchor }: Firing): string {
  const name = definition.rule.reference.title.replace('Correlation ', '');
  return `${name} ${group.values.join(',')} ${(anchor.timeMs - START) / 60_000}`;
}
