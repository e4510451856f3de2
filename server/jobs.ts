/** Long work with progress that people can watch and cancel; what a restart cut short is marked as failed. */
import type { EventBus } from '#kernel/bus.js';
import { FaultError, fault } from '#kernel/errors.js';
import { iso, type Clock, type Identifiers } from '#kernel/clock.js';
import type { Actor, AuditLog } from '#kernel/ports/audit-log.js';
import type { RecordStore, Versioned } from '#kernel/ports/record-store.js';
import { equals } from '#kernel/query/ast.js';
import type { Job } from '#kernel/schema/source.js';
import { LIVE, ROOT_UNIT, type Placed } from '#kernel/scope.js';
import { authorizeSystem } from '#trust/access/authorize.js';

/** The work of a job: tells how far it is, and stops when the signal aborts. Gives what came of it. */
export type Work = (
  progress: (done: number, total: number) => void,
  signal: AbortSignal,
  job: Job,
) => Promise<string | WorkResult>;

export interface WorkResult {
  /** Closing message for people. */
  readonly message: string;
  /** Its figures, added to the job's own. */
  readonly data: Readonly<Record<string, number>>;
}

export interface JobPlan extends Partial<Placed> {
  readonly kind: Job['kind'];
  readonly title: string;
  readonly actor: Actor;
  readonly data?: Job['data'];
  readonly undoable?: boolean;
  /** The job that this one takes back, as it was read: it is marked in the same write, so that only one does. */
  readonly undoes?: Versioned<Job>;
}

export interface Jobs {
  /** Throws the fault `conflict` where the job to be taken back has changed. */
  start(plan: JobPlan, work: Work): Promise<Versioned<Job>>;
  /** False where it does not run here. */
  cancel(id: string): boolean;
  /** Cancels, and waits for the end. */
  stop(id: string): Promise<void>;
  /** Cancels all and waits for their end. */
  close(): Promise<void>;
}

export interface JobsOptions {
  readonly records: RecordStore;
  readonly audit: AuditLog;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: Identifiers;
  readonly onError: (error: unknown, job: Job) => void;
}

/** Progress is written at most this often. */
const PROGRESS_MS = 500;

export async function openJobs({ records, audit, bus, clock, ids, onError }: JobsOptions): Promise<Jobs> {
  const { scope } = authorizeSystem('jobs');
  const running = new Map<string, { abort: AbortController; ended: Promise<void> }>();

  async function replace(job: Job, change: Partial<Job>): Promise<Versioned<Job> | undefined> {
    const current = await records.get(scope, 'jobs', job.id);
    if (!current) return undefined;
    const value = { ...current.value, ...change };
    const outcome = await records.write(scope, [
      { kind: 'replace', collection: 'jobs', value, version: current.version },
    ]);
    bus.emit('job.progressed', value);
    return outcome.ok ? { value, version: outcome.versions[0] ?? current.version + 1 } : undefined;
  }

  const interrupted = await records.search(scope, 'jobs', { query: equals('state', 'running'), limit: 1000 });
  for (const { value } of interrupted.items)
    await replace(value, {
      state: 'failed',
      endedAt: iso(clock.nowMs()),
      message: 'the server ended before the job did',
      code: 'interrupted',
    });

  async function run(job: Job, work: Work, abort: AbortController): Promise<void> {
    let latest = { done: 0, total: 0 };
    let writtenMs = 0;
    let writing: Promise<unknown> = Promise.resolve();
    const progress = (done: number, total: number): void => {
      latest = { done, total };
      if (clock.nowMs() - writtenMs < PROGRESS_MS) return;
      writtenMs = clock.nowMs();
      writing = writing.then(() => replace(job, latest)).catch(() => undefined);
    };
    let end: Pick<Job, 'state' | 'message' | 'code' | 'data'>;
    try {
      const result = await work(progress, abort.signal, job);
      const { message, data } = typeof result === 'string' ? { message: result, data: undefined } : result;
      end = {
        state: abort.signal.aborted ? 'cancelled' : 'done',
        message,
        ...(data && { data: { ...job.data, ...data } }),
      };
    } catch (error) {
      if (!abort.signal.aborted) onError(error, job);
      end = abort.signal.aborted
        ? { state: 'cancelled', message: 'cancelled' }
        : {
            state: 'failed',
            message: error instanceof Error ? error.message.slice(0, 500) : 'failed',
            ...(error instanceof FaultError && {
              code: error.fault.code,
              ...(error.fault.data && { data: { ...job.data, ...error.fault.data } }),
            }),
          };
    }
    await writing;
    await replace(job, { ...latest, ...end, endedAt: iso(clock.nowMs()) });
  }

  return {
    async start(plan, work) {
      const { kind, title, actor, unit = ROOT_UNIT, realm = LIVE, classification = 1, data, undoable } = plan;
      const { undoes } = plan;
      const job: Job = {
        id: ids.next('job'),
        unit,
        realm,
        classification,
        kind,
        title,
        state: 'running',
        done: 0,
        total: 0,
        startedAt: iso(clock.nowMs()),
        startedBy: actor.id,
        ...(data && { data }),
        ...(undoable && { undoable }),
      };
      const outcome = await audit.write(
        scope,
        [
          { kind: 'create', collection: 'jobs', value: job },
          ...(undoes
            ? [
                {
                  ...({ kind: 'replace', collection: 'jobs', version: undoes.version } as const),
                  value: { ...undoes.value, undoneBy: job.id },
                },
              ]
            : []),
        ],
        [{ actor, action: 'job.started', target: `jobs/${job.id}`, detail: { kind, title }, unit, realm }],
      );
      if (!outcome.ok)
        throw new FaultError(fault('conflict', { what: 'job', id: undoes?.value.id ?? job.id }));
      const abort = new AbortController();
      const ended = run(job, work, abort)
        .catch((error: unknown) => onError(error, job))
        .finally(() => running.delete(job.id));
      running.set(job.id, { abort, ended });
      bus.emit('job.progressed', job);
      return { value: job, version: 1 };
    },
    cancel(id) {
      const found = running.get(id);
      found?.abort.abort();
      return found !== undefined;
    },
    async stop(id) {
      const found = running.get(id);
      found?.abort.abort();
      await found?.ended;
    },
    async close() {
      for (const { abort } of running.values()) abort.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}
