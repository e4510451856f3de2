/** What the engine's tests share: events, frames, and a rule set that matches by plain functions. */
import type { Event, Fields, Frame } from '#kernel/event.js';
import type { RuleMatch, RuleSet, LoadedRule } from './types.js';

export const INGESTED = Date.UTC(2026, 0, 15, 12);

export function testEvent(seq: number, fields: Fields, more: Partial<Event> = {}): Event {
  return {
    id: `evt_${seq}`,
    seq,
    timeMs: INGESTED - 1000 + seq,
    ingestedMs: INGESTED,
    unit: '/cn',
    realm: 'live',
    classification: 1,
    source: 'src_1',
    fields,
    ...more,
  };
}

export function testFrame(number: number, events: readonly Event[]): Frame {
  return { journal: 'jrn_1', number, ingestedMs: INGESTED, firstSeq: events[0]?.seq ?? 1, events };
}

export interface TestRule extends Partial<Omit<LoadedRule, 'id'>> {
  readonly id: string;
  readonly holds: (event: Event) => boolean;
}

export function testRules(rules: readonly TestRule[], version = 'set-1'): RuleSet {
  const loaded = rules.map(({ holds, ...rule }) => ({
    holds,
    rule: {
      version: 'v1',
      reference: { id: rule.id, version: 'v1', title: `Rule ${rule.id}`, tags: [] },
      level: 'high',
      text: '',
      ...rule,
    } satisfies LoadedRule,
  }));
  return {
    version,
    rules: loaded.map(({ rule }) => rule),
    match(event, onError) {
      const matches: RuleMatch[] = [];
      for (const { rule, holds } of loaded)
        try {
          if (holds(event))
            matches.push({ rule, matched: [{ path: 'message', value: String(event.fields['message']) }] });
        } catch (error) {
          onError(rule, error);
        }
      return matches;
    },
  };
}

export const says =
  (text: string) =>
  (event: Event): boolean =>
    String(event.fields['message']).includes(text);

export const NO_GROUPS = { find: () => undefined };
