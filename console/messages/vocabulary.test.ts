/** Every word of the kernel's closed lists, and every error, has a message. */
import { describe, expect, it } from 'vitest';
import { ERRORS } from '#kernel/errors.js';
import { ENTITY_KINDS, TIMELINE_KINDS } from '#kernel/schema/alert.js';
import {
  ALERT_STATUSES,
  DEVICE_ACTIONS,
  DIRECTIONS,
  DISPOSITIONS,
  GRADES,
  KEY_SCOPES,
  OUTCOMES,
  ROLES,
  SEVERITIES,
  SOURCE_KINDS,
  STAGES,
  WARNING_COLOURS,
} from '#kernel/vocabulary.js';
import { CLIENT_CODES } from '../src/lib/api/answer.js';
import { RELATIVE } from '../src/lib/events/range.js';
import { OBSERVABLE_KINDS } from '#kernel/schema/workspace.js';
import { CLOCKS } from '../src/lib/incidents/timeline.js';
import { STEPS } from '../src/lib/alerts/decode.js';
import { FACETS, GROUPINGS, NARROWS, SORTS } from '../src/lib/alerts/filters.js';
import { PLACES } from '../src/lib/shell/navigation.js';
import { wordKey } from '../src/lib/text/words.js';
import { allMessages } from './messages.js';

const wanted: Record<string, readonly string[]> = {
  severities: SEVERITIES.map((word) => wordKey('severity', word)),
  statuses: [...ALERT_STATUSES, 'open'].map((word) => wordKey('status', word)),
  dispositions: DISPOSITIONS.flatMap((word) => [wordKey('disposition', word), `disposition_${word}_hint`]),
  outcomes: OUTCOMES.map((word) => wordKey('outcome', word)),
  grades: GRADES.map((word) => wordKey('grade', word)),
  warnings: WARNING_COLOURS.map((word) => wordKey('warning', word)),
  stages: STAGES.map((word) => wordKey('stage', word)),
  roles: ROLES.flatMap((word) => [wordKey('role', word), `role_${word}_hint`]),
  scopes: KEY_SCOPES.map((word) => wordKey('scope', word)),
  sources: SOURCE_KINDS.map((word) => wordKey('source_kind', word)),
  'source states': ['running', 'stopped', 'failed', 'waiting'].map((word) => wordKey('source_state', word)),
  'job states': ['running', 'done', 'failed', 'cancelled'].map((word) => wordKey('job_state', word)),
  'audit results': ['done', 'refused', 'failed'].map((word) => wordKey('audit_result', word)),
  entities: [...ENTITY_KINDS, 'destination_ip'].map((word) => wordKey('entity', word)),
  'timeline kinds': TIMELINE_KINDS.map((word) => wordKey('timeline', word)),
  classifications: [1, 2, 3].map((level) => `classification_${level}`),
  errors: [...Object.keys(ERRORS), ...CLIENT_CODES].flatMap((code) => [
    `error_${code}`,
    `error_${code}_remedy`,
  ]),
  facets: FACETS.map((name) => `facet_${name}`),
  sorts: SORTS.map((name) => `sort_${name}`),
  ranges: RELATIVE.map((range) => `range_${range.replace('-', '_')}`),
  directions: DIRECTIONS.map((word) => wordKey('direction', word)),
  deviceActions: DEVICE_ACTIONS.map((word) => wordKey('device', word)),
  observables: OBSERVABLE_KINDS.map((word) => wordKey('observable', word)),
  clocks: CLOCKS.map((word) => `timeline_clock_${word}`),
  decoded: STEPS.map((word) => wordKey('decoded', word)),
  narrows: NARROWS.map((name) => `narrow_${name}`),
  groupings: ['', ...GROUPINGS].map((name) => `group_${name || 'none'}`),
  places: PLACES.flatMap(({ name, group }) => [name, `nav_group_${group}`]),
};

describe('every word has a message', () => {
  const keys = allMessages('zh-CN');
  for (const [list, all] of Object.entries(wanted)) {
    it(list, () => expect(all.filter((key) => !keys.has(key))).toEqual([]));
  }

  it('an error message asks for no data that the error does not carry', () => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const texts = Object.fromEntries(keys) as Record<string, string>;
    const strange = Object.entries(ERRORS).flatMap(([code, entry]) => {
      const known = new Set(names(`${entry.sentence} ${entry.remedy}`));
      const asked = names(`${texts[`error_${code}`]} ${texts[`error_${code}_remedy`]}`);
      return asked.filter((name) => !known.has(name)).map((name) => `${code}: {${name}}`);
    });
    expect(strange).toEqual([]);
  });
});
