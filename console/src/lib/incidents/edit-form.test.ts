import { describe, expect, it } from 'vitest';
import { changeOf, EMPTY, formOf, rebased, type Form } from './edit-form.js';

const opened: Form = { title: 'A', summary: '', severity: 'medium', assignee: '' };

describe('a form that somebody else overtakes', () => {
  it('keeps what was typed, and takes over what was left alone', () => {
    const typed = { ...opened, title: 'mine' };
    const now = { ...opened, title: 'theirs', summary: 'theirs', assignee: 'usr_2' };
    const next = rebased(opened, typed, now);
    expect(next).toEqual({ ...now, title: 'mine' });
    // Nothing of theirs is sent back as it was before.
    expect(changeOf(now, next)).toEqual({ title: 'mine' });
  });
  it('fills a form that opens, and empties one that closes', () => {
    const now = formOf({ title: 'A', severity: 'high' });
    expect(rebased(EMPTY, EMPTY, now)).toEqual({ ...EMPTY, title: 'A', severity: 'high' });
    expect(rebased(now, now, EMPTY)).toEqual(EMPTY);
  });
  it('sends only what differs', () => {
    expect(changeOf(opened, { ...opened, title: ' A ' })).toEqual({});
    expect(changeOf({ ...opened, assignee: 'usr_1' }, opened)).toEqual({ assignee: null });
  });
});
