import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALERT_STATUSES, DISPOSITIONS, STAGES, type AlertStatus, type Stage } from '#kernel/vocabulary.js';
import {
  ALERT_STEPS,
  allowedNext,
  closing,
  isOpen,
  reopening,
  stepping,
  triaging,
  type AlertTriage,
  type Conclusion,
} from './lifecycle.js';

// from → to: f forward, s skips (note), b back (reason), - refused.
const STEPS: Record<Stage, string> = {
  //        monitor warn notify dispose closed
  monitor: '-fss-',
  warn: 'b-fs-',
  notify: 'bb-f-',
  dispose: 'bbb--',
  closed: '-----',
};

describe('stages of an incident', () => {
  for (const from of STAGES)
    for (const [i, to] of STAGES.entries()) {
      const kind = STEPS[from][i] as string;
      it(`${from} → ${to}: ${kind}`, () => {
        const bare = stepping(from, to, ' ');
        const noted = stepping(from, to, 'because');
        expect(noted.ok).toBe(kind !== '-');
        expect(bare.ok).toBe(kind === 'f');
        if (noted.ok) expect(noted.value.back).toBe(kind === 'b');
        else expect(noted.fault.code).toBe('invalid_transition');
        if (!bare.ok && kind !== '-') expect(bare.fault.code).toBe('invalid_request');
        expect(allowedNext(from).some((next) => next.to === to)).toBe(kind !== '-');
      });
    }

  it('closes from any stage with disposition and conclusion only, and once', () => {
    const full: Conclusion = { disposition: 'false_positive', conclusion: ' a scanner of ours ' };
    for (const stage of STAGES.filter((stage) => stage !== 'closed')) {
      expect(closing(stage, full)).toEqual({
        ok: true,
        value: { stage: 'closed', disposition: 'false_positive', conclusion: 'a scanner of ours' },
      });
      for (const part of [
        {},
        { disposition: 'unknown' as const },
        { conclusion: 'x' },
        { ...full, conclusion: ' ' },
      ])
        expect(closing(stage, part)).toMatchObject({ ok: false, fault: { code: 'conclusion_required' } });
    }
    expect(closing('closed', full)).toMatchObject({ ok: false, fault: { code: 'invalid_transition' } });
  });

  it('reopens what is closed, with a reason', () => {
    expect(reopening('closed', 'it came back')).toEqual({ ok: true, value: { stage: 'dispose' } });
    expect(reopening('closed', '')).toMatchObject({ fault: { code: 'invalid_request' } });
    expect(reopening('warn', 'why')).toMatchObject({ fault: { code: 'invalid_transition' } });
  });
});

const text = fc.option(fc.constantFrom('', '  ', 'seen', '研判'), { nil: undefined });
const disposition = fc.option(fc.constantFrom(...DISPOSITIONS), { nil: undefined });

describe('no way to a close without a conclusion', () => {
  it('incidents', () => {
    const command = fc.record({ to: fc.constantFrom(...STAGES, 'close', 'reopen'), text, disposition });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let incident: { stage: Stage } & Partial<Conclusion> = { stage: 'monitor' };
        for (const { to, text, disposition } of commands) {
          if (to === 'close') {
            const result = closing(incident.stage, { disposition, conclusion: text });
            if (result.ok) incident = result.value;
          } else if (to === 'reopen') {
            const result = reopening(incident.stage, text);
            if (result.ok) incident = { stage: result.value.stage };
          } else {
            const result = stepping(incident.stage, to as Stage, text);
            if (result.ok) incident = { ...incident, stage: result.value.to };
          }
          const concluded = incident.disposition !== undefined && (incident.conclusion ?? '').trim() !== '';
          expect(incident.stage === 'closed').toBe(concluded);
        }
      }),
    );
  });

  it('alerts', () => {
    const change = fc.record(
      { status: fc.constantFrom(...ALERT_STATUSES), conclusion: text, disposition },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let alert: AlertTriage = { status: 'new' };
        for (const change of changes) {
          const result = triaging(alert, change);
          if (result.ok) alert = result.value;
          if (!isOpen(alert.status)) {
            expect(alert.disposition).toBeDefined();
            expect(alert.conclusion?.trim()).toBeTruthy();
          }
        }
      }),
    );
  });
});

describe('status of an alert', () => {
  const given = { disposition: 'legitimate', conclusion: 'known job' } as const;
  for (const from of ALERT_STATUSES)
    for (const to of ALERT_STATUSES)
      it(`${from} → ${to}`, () => {
        const allowed = from === to || ALERT_STEPS[from].includes(to);
        expect(triaging({ status: from, ...given }, { status: to, ...given }).ok).toBe(allowed);
      });

  it('loses disposition and conclusion when it opens again', () => {
    for (const status of ['resolved', 'closed'] satisfies AlertStatus[])
      expect(triaging({ status, ...given }, { status: 'in_progress' })).toEqual({
        ok: true,
        value: { status: 'in_progress' },
      });
  });

  it('closes what is resolved by its conclusion of before', () => {
    expect(triaging({ status: 'resolved', ...given }, { status: 'closed' })).toEqual({
      ok: true,
      value: { status: 'closed', ...given },
    });
  });
});
