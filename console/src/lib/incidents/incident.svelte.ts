/** One incident at work: what was read, and every change as a call that names the version it saw. */
import type { TimelineEntry } from '#kernel/schema/alert.js';
import type { Disposition, Stage } from '#kernel/vocabulary.js';
import type { ApiProblem } from '$lib/api/answer.js';
import type { ApiClient, Method } from '$lib/api/client.js';
import type { AlertRow, FacetedPage, IncidentDetail } from '$lib/api/types.js';
import type { Page } from '#kernel/schema/pieces.js';

const TIMELINE_MOST = 500;
const ALERTS_MOST = 200;

export class IncidentWork {
  readonly id: string;
  incident = $state.raw<IncidentDetail | undefined>(undefined);
  timeline = $state.raw<readonly TimelineEntry[]>([]);
  alerts = $state.raw<readonly AlertRow[]>([]);
  problem = $state.raw<ApiProblem | undefined>(undefined);
  loading = $state(true);
  busy = $state(false);
  /** Somebody else changed it while this person was at work; the newer state has been read. */
  overtaken = $state(false);
  readonly #door: ApiClient;

  constructor(door: ApiClient, id: string) {
    this.#door = door;
    this.id = id;
  }

  async read(): Promise<void> {
    const path = `/incidents/${encodeURIComponent(this.id)}`;
    const [incident, timeline, alerts] = await Promise.all([
      this.#door.get<IncidentDetail>(path),
      this.#door.get<Page<TimelineEntry>>(`${path}/timeline`, { limit: TIMELINE_MOST }),
      this.#door.get<FacetedPage<AlertRow>>('/alerts', { incident: this.id, limit: ALERTS_MOST }),
    ]);
    this.loading = false;
    if (incident.ok) {
      this.incident = incident.value;
      this.problem = undefined;
    } else this.problem = incident.problem;
    if (timeline.ok) this.timeline = timeline.value.items;
    if (alerts.ok) this.alerts = alerts.value.items;
  }

  /**
   * `seen`: the version that the person had before them when they began to type. A live update may have brought a newer
   * one meanwhile, and naming that would overwrite somebody else's words unseen.
   */
  edit(
    change: { title?: string; summary?: string; severity?: string; assignee?: string | null },
    seen?: number,
  ) {
    return this.#change('PATCH', '', seen === undefined ? change : { ...change, version: seen });
  }
  toStage(to: Stage, note: string, version: number) {
    return this.#change('POST', '/stage', { to, note, version });
  }
  close(disposition: Disposition, conclusion: string, closeAlerts: boolean, version: number) {
    return this.#change('POST', '/close', { disposition, conclusion, closeAlerts, version });
  }
  reopen(reason: string, version: number) {
    return this.#change('POST', '/reopen', { reason, version });
  }
  unlink(alert: string) {
    return this.#change('POST', '/alerts', { remove: [alert] });
  }
  link(alerts: readonly string[]) {
    return this.#change('POST', '/alerts', { add: alerts });
  }

  /** Comments are added, never changed: no version. */
  async comment(text: string): Promise<ApiProblem | undefined> {
    this.busy = true;
    const answer = await this.#door.post(`/incidents/${encodeURIComponent(this.id)}/comments`, { text });
    this.busy = false;
    if (!answer.ok) return answer.problem;
    await this.read();
    return undefined;
  }

  /** On a conflict the newer state is read and the problem returned: the form keeps what was typed. */
  async #change(method: Method, path: string, body: object): Promise<ApiProblem | undefined> {
    if (!this.incident) return undefined;
    this.busy = true;
    const answer = await this.#door.call<IncidentDetail>(
      method,
      `/incidents/${encodeURIComponent(this.id)}${path}`,
      {
        body: { version: this.incident.version, ...body },
      },
    );
    this.overtaken = !answer.ok && answer.problem.code === 'conflict';
    if (answer.ok || this.overtaken) await this.read();
    this.busy = false;
    return answer.ok ? undefined : answer.problem;
  }
}
