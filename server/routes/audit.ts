/** The audit log, for the audit administrator. */
import type { Clock } from '#kernel/clock.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { and, type Query } from '#kernel/query/ast.js';
import { AuditEntry } from '#kernel/schema/account.js';
import type { FastifyTypeBox } from '../app.js';
import { sameAs, within } from './filters.js';
import { answers, bare, Cursor, exactly, limitUpTo, page, Text, Time } from './shapes.js';

export const AUDIT_FILTERS = {
  actor: Text(256, 'identifier of the account or key'),
  action: Text(100),
  target: Text(600),
  from: Time,
  to: Time,
};

/** Faults `invalid_request`. */
export function auditQuery(
  { actor, action, target, ...range }: { readonly [K in keyof typeof AUDIT_FILTERS]?: string },
  clock: Clock,
): Query {
  return and(
    ...sameAs('actor', actor),
    ...sameAs('action', action),
    ...sameAs('target', target),
    within('at', range, clock),
  );
}

export function auditRoutes(
  app: FastifyTypeBox,
  { records, clock }: { records: RecordStore; clock: Clock },
): void {
  app.get(
    '/audit',
    {
      config: { permission: 'audit:read' },
      schema: {
        tags: ['audit'],
        summary: 'Who did what, newest first',
        querystring: exactly({ ...AUDIT_FILTERS, limit: limitUpTo(1000, 100), cursor: Cursor }),
        response: answers({ 200: page(bare(AuditEntry)) }),
      },
    },
    async (request) => {
      const { limit, cursor } = request.query;
      const found = await records.search(request.grant.scope, 'audit', {
        query: auditQuery(request.query, clock),
        sort: { path: 'at', order: 'desc' },
        limit: limit ?? 100,
        ...(cursor && { cursor }),
      });
      return { total: found.total, items: found.items.map((one) => one.value), next: found.next };
    },
  );
}
