/** What is gathered round an incident: tasks, observables, evidence, related incidents, and the events of its alerts. */
import type { Answer, ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import type { IncidentEvent, ObservableRow, RelatedIncident, Versioned } from '$lib/api/types.js';
import type { Attachment, Observable, Task } from '#kernel/schema/workspace.js';

export type TaskRow = Versioned<Task>;
interface Items<T> {
  readonly items: readonly T[];
}

export class IncidentWorkspace {
  tasks = $state.raw<readonly TaskRow[]>([]);
  observables = $state.raw<readonly ObservableRow[]>([]);
  evidence = $state.raw<readonly Attachment[]>([]);
  related = $state.raw<readonly RelatedIncident[]>([]);
  events = $state.raw<readonly IncidentEvent[]>([]);
  loaded = $state(false);
  problem = $state.raw<ApiProblem>();
  /** Names of files that are on their way. */
  sending = $state.raw<readonly string[]>([]);
  readonly #door: ApiClient;
  readonly #path: string;

  constructor(door: ApiClient, id: string) {
    this.#door = door;
    this.#path = `/incidents/${encodeURIComponent(id)}`;
  }

  async read(): Promise<void> {
    const get = <T>(what: string) => this.#door.get<Items<T>>(`${this.#path}/${what}`);
    const [tasks, observables, evidence, related, events] = await Promise.all([
      get<TaskRow>('tasks'),
      get<ObservableRow>('observables'),
      get<Attachment>('evidence'),
      get<RelatedIncident>('related'),
      get<IncidentEvent>('events'),
    ]);
    const failed = [tasks, observables, evidence, related, events].find((one) => !one.ok);
    this.problem = failed && !failed.ok ? failed.problem : undefined;
    if (tasks.ok) this.tasks = tasks.value.items;
    if (observables.ok) this.observables = observables.value.items;
    if (evidence.ok) this.evidence = evidence.value.items;
    if (related.ok) this.related = related.value.items;
    if (events.ok) this.events = events.value.items;
    this.loaded = true;
  }

  addTask(task: { title: string; assignee?: string; dueAt?: string }): Promise<ApiProblem | undefined> {
    return this.#done(this.#door.post(`${this.#path}/tasks`, task));
  }
  changeTask(task: TaskRow, change: Partial<Pick<Task, 'state' | 'title'>>): Promise<ApiProblem | undefined> {
    const { id, version } = task;
    return this.#done(this.#door.patch(`${this.#path}/tasks/${id}`, { version, ...change }));
  }
  addObservable(kind: Observable['kind'], value: string): Promise<ApiProblem | undefined> {
    return this.#done(this.#door.post(`${this.#path}/observables`, { kind, value }));
  }
  removeObservable(id: string): Promise<ApiProblem | undefined> {
    return this.#done(this.#door.delete(`${this.#path}/observables/${id}`));
  }
  removeEvidence(id: string): Promise<ApiProblem | undefined> {
    return this.#done(this.#door.delete(`${this.#path}/evidence/${id}`));
  }
  /** One after the other; the first problem ends it. */
  async upload(files: readonly File[]): Promise<ApiProblem | undefined> {
    this.sending = files.map(({ name }) => name);
    for (const file of files) {
      const problem = await this.#done(
        this.#door.call('POST', `${this.#path}/evidence`, { query: { name: file.name }, bytes: file }),
      );
      this.sending = this.sending.slice(1);
      if (problem) {
        this.sending = [];
        return problem;
      }
    }
    return undefined;
  }

  /** On a conflict the newer state is read too. */
  async #done(work: Promise<Answer<unknown>>): Promise<ApiProblem | undefined> {
    const answer = await work;
    if (answer.ok || answer.problem.code === 'conflict') await this.read();
    return answer.ok ? undefined : answer.problem;
  }
}
