/** Opens the dialogs for exceptions and mutes from anywhere; `ExceptionDesk.svelte` holds the dialogs. */
import type { AlertRow } from '$lib/api/types.js';

export type AlertLike = Pick<AlertRow, 'id' | 'title' | 'rule'>;

/** What an exception is to be made for: a rule, and the event value that it was asked from, if any. */
export interface ExceptionSubject {
  readonly rule: { readonly id: string; readonly title: string };
  /** Its last event offers the fields. */
  readonly alert?: string;
  readonly path?: string;
  readonly value?: string;
}

class ExceptionDesk {
  muting = $state.raw<AlertLike | undefined>(undefined);
  excepting = $state.raw<ExceptionSubject | undefined>(undefined);
  /** Grows with every change that was made here, so that lists read anew. */
  revision = $state(0);

  changed(): void {
    this.revision += 1;
  }
}

export const exceptionDesk = new ExceptionDesk();

/** Asks until when the alert's group is to be muted. Needs `alerts:write`. */
export function openMute(alert: AlertLike): void {
  exceptionDesk.muting = alert;
}

/** Asks for an exception of the alert's rule, starting from one value of its event where given. Needs `exceptions:write`. */
export function openException(alert: AlertLike, path?: string, value?: string): void {
  exceptionDesk.excepting = {
    rule: alert.rule,
    alert: alert.id,
    ...(path !== undefined && { path }),
    ...(value !== undefined && { value }),
  };
}

/** The same from the rule's page, without an event. */
export function openRuleException(rule: ExceptionSubject['rule']): void {
  exceptionDesk.excepting = { rule };
}
