import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { auditQuery, readAuditFilters, writeAuditFilters } from './audit.svelte.js';
import { leafOf } from './leaf.js';

it('keeps the filters in the address and leaves out what is empty', () => {
  const text = 'actor=usr_1&action=session.opened';
  expect(writeAuditFilters(readAuditFilters(new URLSearchParams(text))).toString()).toBe(text);
});

it('asks for moments: wall times are of the shown zone', () => {
  const filters = readAuditFilters(new URLSearchParams('from=2026-11-22T08:00&to='));
  expect(auditQuery(filters, 'Asia/Shanghai')).toMatchObject({ from: '2026-11-22T00:00:00.000Z', to: '' });
});

it('calculates the leaf as RFC 6962 says, over UTF-8', async () => {
  const bytes = '{"actorName":"李华"}';
  expect(await leafOf(bytes)).toBe(
    createHash('sha256')
      .update(Buffer.from([0]))
      .update(bytes)
      .digest('hex'),
  );
});
