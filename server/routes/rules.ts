/** Rules: what is loaded, what is wrong with them, their switches and ledgers. */
import Type from 'typebox';
import { Diagnostic, Rule } from '#kernel/schema/rule.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, refuse, valueOf } from '../problems.js';
import type { RuleBook } from '../rule-book.js';
import { answers, bare, exactly, IdParams, limitUpTo, Text } from './shapes.js';

const rule = bare(Rule);
const diagnostic = bare(Diagnostic);
const read = { permission: 'rules:read' } as const;
const write = { permission: 'rules:write' } as const;

export function ruleRoutes(app: FastifyTypeBox, { rules }: { rules: RuleBook }): void {
  app.get(
    '/rules',
    {
      config: read,
      schema: {
        tags: ['rules'],
        summary: 'The rules that are loaded, by title',
        querystring: exactly({
          q: Text(200, 'words of the title, identifier, tag or file'),
          limit: limitUpTo(10_000, 1000),
          cursor: Text(20),
        }),
        response: answers({
          200: Type.Object({
            total: Type.Integer(),
            items: Type.Array(rule),
            next: Type.Union([Type.String(), Type.Null()]),
            failed: Type.Integer({ description: 'rules that could not be read' }),
          }),
        }),
      },
    },
    async ({ query: { q, limit = 1000, cursor } }) => {
      const start =
        cursor === undefined ? 0 : /^\d{1,9}$/.test(cursor) ? Number(cursor) : refuse('invalid_cursor');
      const found = rules.list().filter((one) => names(one, q));
      const end = start + limit;
      return {
        total: found.length,
        items: found.slice(start, end),
        next: end < found.length ? String(end) : null,
        failed: rules.failed(),
      };
    },
  );

  app.get(
    '/rules/diagnostics',
    {
      config: read,
      schema: {
        tags: ['rules'],
        summary: 'Problems of the rules, each with its place and remedy',
        response: answers({ 200: Type.Object({ items: Type.Array(diagnostic) }) }),
      },
    },
    async () => ({ items: [...rules.diagnostics()] }),
  );

  app.get(
    '/rules/:id',
    {
      config: read,
      schema: {
        tags: ['rules'],
        summary: 'One rule with its text',
        params: IdParams,
        response: answers({
          200: Type.Intersect([
            rule,
            Type.Object({ text: Type.String(), diagnostics: Type.Array(diagnostic) }),
          ]),
        }),
      },
    },
    async ({ params }) => {
      const found = rules.get(params.id) ?? notFound('rule', params.id);
      const diagnostics = rules.diagnostics().filter(({ file }) => file === found.file);
      return { ...found, text: (await rules.textOf(params.id)) ?? '', diagnostics };
    },
  );

  app.get(
    '/rules/:id/history',
    {
      config: read,
      schema: {
        tags: ['rules'],
        summary: 'Every version that was loaded, and who switched it on and off; newest first',
        params: IdParams,
        response: answers({
          200: Type.Object({
            versions: Type.Array(
              Type.Object({
                version: Type.String(),
                title: Type.String(),
                text: Type.String(),
                firstLoadedAt: Type.String(),
              }),
            ),
            switches: Type.Array(
              Type.Object({
                at: Type.String(),
                enabled: Type.Boolean(),
                by: Type.String(),
                reason: Type.Optional(Type.String()),
              }),
            ),
          }),
        }),
      },
    },
    async ({ params }) => {
      const { versions, switches } = await rules.historyOf(params.id);
      if (versions.length === 0) return notFound('rule', params.id);
      return { versions: [...versions], switches: [...switches] };
    },
  );

  app.patch(
    '/rules/:id',
    {
      config: write,
      schema: {
        tags: ['rules'],
        summary: 'Switch a rule on or off',
        params: IdParams,
        body: exactly({ enabled: Type.Boolean(), reason: Text(1000) }),
        response: answers({ 200: rule }),
      },
    },
    async ({ grant, params, body }) =>
      valueOf(await rules.setEnabled(grant, params.id, body.enabled, body.reason)),
  );

  app.post(
    '/rules/reload',
    {
      config: write,
      schema: {
        tags: ['rules'],
        summary: 'Read the rule folders again',
        response: answers({ 200: Type.Object({ rules: Type.Integer(), failed: Type.Integer() }) }),
      },
    },
    async ({ grant }) => rules.reload(grant),
  );
}

function names(rule: Rule, q: string | undefined): boolean {
  if (!q) return true;
  const text = [rule.title, ...Object.values(rule.titles), rule.id, rule.file, ...rule.tags]
    .join('\n')
    .toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
