/** An incident's way round the loop: monitor, warn, notify, dispose, closed, and open again. */
import Type from 'typebox';
import { DispositionWord, words } from '#kernel/schema/pieces.js';
import { STAGES } from '#kernel/vocabulary.js';
import type { Cases } from '#incidents/cases.js';
import type { FastifyTypeBox } from '../app.js';
import { mustHold } from '../plugins/guard.js';
import { valueOf } from '../problems.js';
import { IncidentAnswer, withNext } from './incidents.js';
import { answers, exactly, IdParams, Text, Version } from './shapes.js';

export function stageRoutes(app: FastifyTypeBox, { cases }: { cases: Cases }): void {
  app.post(
    '/incidents/:id/stage',
    {
      config: { permission: 'incidents:write' },
      schema: {
        tags: ['incidents'],
        summary: 'Forward one stage, over several with a note, back with a reason',
        params: IdParams,
        body: exactly({ version: Version, to: words(STAGES), note: Text(8000) }),
        response: answers({ 200: IncidentAnswer }),
      },
    },
    async ({ grant, params, body }) =>
      withNext(cases, valueOf(await cases.step(grant, params.id, body.version, body.to, body.note))),
  );

  app.post(
    '/incidents/:id/close',
    {
      config: { permission: 'incidents:close' },
      schema: {
        tags: ['incidents'],
        summary: 'Close with a disposition and a conclusion; its alerts too, if wanted',
        params: IdParams,
        body: exactly({
          version: Version,
          disposition: Type.Optional(DispositionWord),
          conclusion: Text(8000),
          closeAlerts: Type.Optional(Type.Boolean()),
        }),
        response: answers({ 200: IncidentAnswer }),
      },
    },
    async ({ grant, params, body: { version, ...conclusion } }) => {
      if (conclusion.closeAlerts) mustHold(grant, 'alerts:write');
      return withNext(cases, valueOf(await cases.close(grant, params.id, version, conclusion)));
    },
  );

  app.post(
    '/incidents/:id/reopen',
    {
      config: { permission: 'incidents:close' },
      schema: {
        tags: ['incidents'],
        summary: 'Open again, with the reason',
        params: IdParams,
        body: exactly({ version: Version, reason: Type.String({ maxLength: 8000 }) }),
        response: answers({ 200: IncidentAnswer }),
      },
    },
    async ({ grant, params, body }) =>
      withNext(cases, valueOf(await cases.reopen(grant, params.id, body.version, body.reason))),
  );
}
