/** The form of an incident, between two people who write at once. Pure. */
import type { Incident } from '#kernel/schema/alert.js';
import type { Severity } from '#kernel/vocabulary.js';

export interface Form {
  readonly title: string;
  readonly summary: string;
  readonly severity: Severity;
  /** Account id; empty for nobody. */
  readonly assignee: string;
}

export const EMPTY: Form = { title: '', summary: '', severity: 'medium', assignee: '' };

export function formOf(of: Pick<Incident, 'title' | 'summary' | 'severity' | 'assignee'>): Form {
  const { title, summary = '', severity, assignee = '' } = of;
  return { title, summary, severity, assignee };
}

/** What is typed, over what stands there now: a field that was left alone takes the newer value. */
export function rebased(from: Form, typed: Form, now: Form): Form {
  const take = <K extends keyof Form>(name: K): Form[K] =>
    typed[name] === from[name] ? now[name] : typed[name];
  return {
    title: take('title'),
    summary: take('summary'),
    severity: take('severity'),
    assignee: take('assignee'),
  };
}

/** What is to be changed: only what was touched. */
export function changeOf(from: Form, typed: Form) {
  const title = typed.title.trim();
  return {
    ...(title !== from.title && { title }),
    ...(typed.summary !== from.summary && { summary: typed.summary }),
    ...(typed.severity !== from.severity && { severity: typed.severity }),
    ...(typed.assignee !== from.assignee && { assignee: typed.assignee || null }),
  };
}
