/** Evidence files of an incident: their bytes go in and out as they are, and their digest is told. */
import type { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { AuditLog } from '#kernel/ports/audit-log.js';
import type { EvidenceFiles } from '#kernel/ports/evidence-files.js';
import { Attachment } from '#kernel/schema/workspace.js';
import type { Workspace } from '#incidents/workspace.js';
import type { FastifyTypeBox } from '../app.js';
import { notFound, refuse, valueOf } from '../problems.js';
import { answers, bare, exactly, IdParams, Text } from './shapes.js';

const shown = bare(Attachment);
const Id = Type.String({ minLength: 1, maxLength: 256 });
const Params = exactly({ ...IdParams.properties, attachment: Id });
const read = { permission: 'incidents:read' } as const;
const write = { permission: 'incidents:write' } as const;
/** Largest file: a memory image belongs on a disk of its own. */
export const MOST_EVIDENCE_BYTES = 256 * 1024 * 1024;

export interface EvidenceServices {
  readonly workspace: Workspace;
  readonly evidence: EvidenceFiles;
  readonly audit: AuditLog;
}

export function evidenceRoutes(app: FastifyTypeBox, services: EvidenceServices): void {
  // Of these routes alone: everywhere else a body is JSON.
  void app.register(async (inner) => {
    inner.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    routes(inner.withTypeProvider<TypeBoxTypeProvider>(), services);
  });
}

function routes(app: FastifyTypeBox, { workspace, evidence, audit }: EvidenceServices): void {
  // Naming bytes and removing those that nothing names, one after the other: the same file may be in both at once.
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }

  app.get(
    '/incidents/:id/evidence',
    {
      config: read,
      schema: {
        tags: ['incidents'],
        summary: 'Files kept as evidence; those taken away keep their line',
        params: IdParams,
        response: answers({ 200: Type.Object({ items: Type.Array(shown) }) }),
      },
    },
    async ({ grant, params }) => ({ items: [...valueOf(await workspace.evidence(grant, params.id))] }),
  );

  app.post(
    '/incidents/:id/evidence',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: `Keep a file; its bytes are the body (application/octet-stream), at most ${MOST_EVIDENCE_BYTES}`,
        params: IdParams,
        querystring: exactly({ name: Type.String({ minLength: 1, maxLength: 255 }), note: Text(1000) }),
        response: answers({ 201: shown }),
      },
    },
    async (request, reply) => {
      const { grant, params, query } = request;
      const body = request.body as Readable | undefined;
      if (body === undefined || typeof body.pipe !== 'function')
        return refuse('invalid_request', undefined, [
          { message: 'there is no file', at: '', remedy: 'send its bytes as application/octet-stream' },
        ]);
      // Refused before a byte is written: what cannot be named must not lie there.
      valueOf(await workspace.mayAddEvidence(grant, params.id));
      const file = valueOf(await evidence.keep(body, MOST_EVIDENCE_BYTES));
      const named = {
        ...{ ...file, name: fileName(query.name) },
        ...(query.note !== undefined && { note: query.note }),
      };
      const made = await inTurn(async () => {
        // Taken away meanwhile, as the last that was named: it must be sent again.
        if (!(await evidence.has(file.sha256)))
          return refuse('conflict', { what: 'evidence', id: file.sha256 });
        const added = await workspace.addEvidence(grant, params.id, named);
        if (!added.ok && !(await workspace.isNamed(file.sha256))) await evidence.remove(file.sha256);
        return added;
      });
      return reply.code(201).send(valueOf(made));
    },
  );

  app.get(
    '/incidents/:id/evidence/:attachment',
    {
      config: read,
      schema: { tags: ['incidents'], summary: 'The bytes of a file', params: Params },
    },
    async ({ grant, params }, reply) => {
      const all = valueOf(await workspace.evidence(grant, params.id));
      const found = all.find(({ id, removedAt }) => id === params.attachment && removedAt === undefined);
      const content = found && (await evidence.open(found.sha256));
      if (!found || !content) return notFound('evidence', params.attachment);
      const { id, name, bytes, sha256, unit, realm, classification } = found;
      await audit.note({
        ...{ actor: grant.actor, action: 'incident.evidence_read', target: `incidents/${params.id}` },
        ...{ detail: { attachment: id, name, sha256 }, unit, realm, classification },
      });
      return reply
        .type('application/octet-stream')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(savedName(name))}`)
        .send(content);
    },
  );

  app.delete(
    '/incidents/:id/evidence/:attachment',
    {
      config: write,
      schema: {
        tags: ['incidents'],
        summary: 'Take a file away; its line and its digest stay',
        params: Params,
        response: answers({ 204: Type.Null() }),
      },
    },
    async ({ grant, params }, reply) => {
      const all = valueOf(await workspace.evidence(grant, params.id));
      const sha256 = all.find(({ id }) => id === params.attachment)?.sha256;
      await inTurn(async () => {
        const gone = valueOf(await workspace.removeEvidence(grant, params.id, params.attachment));
        if (gone && sha256 !== undefined) await evidence.remove(sha256);
      });
      return reply.code(204).send(null);
    },
  );
}

/** The last part of a path, as it was called; what would deceive or break a line of text is replaced. */
function fileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  return last.replaceAll(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '_').trim() || 'file';
}

/** A name under which every system can save the file. */
function savedName(name: string): string {
  return name.replaceAll(/["<>|:*?]/g, '_').replace(/^\.+$/, 'file');
}
