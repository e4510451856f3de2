/** What people do to alerts, and the way back from the last of it. */
import type { Answer, ApiProblem } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import type { AlertRow, BulkAnswer, IncidentDetail } from '$lib/api/types.js';
import type { AlertStatus, Disposition } from '#kernel/vocabulary.js';

export interface AlertChange {
  readonly status?: AlertStatus;
  /** null takes the assignee away. */
  readonly assignee?: string | null;
  readonly disposition?: Disposition;
  readonly conclusion?: string;
}

export interface Done {
  /** New versions of the alerts, where the server told them. */
  readonly rows: readonly AlertRow[];
  readonly changed: number;
  readonly conflicts: number;
}

type Subject = Pick<AlertRow, 'id' | 'version' | 'status' | 'assignee'>;
/** The state that an alert had before. */
interface Before {
  readonly id: string;
  readonly status: AlertStatus;
  readonly assignee: string | null;
}

const MOST = 1000;

export class AlertActions {
  /** What `undo` would bring back; empty if there is nothing. */
  last = $state.raw<readonly Before[]>([]);
  busy = $state(false);
  readonly #door: ApiClient;

  constructor(door: ApiClient) {
    this.#door = door;
  }

  /** One alert by its version, several in one call. */
  async change(alerts: readonly Subject[], change: AlertChange): Promise<Answer<Done>> {
    const subjects = alerts.slice(0, MOST);
    const before = subjects.map(({ id, status, assignee }) => ({ id, status, assignee: assignee ?? null }));
    this.busy = true;
    const [only] = subjects;
    const answer =
      subjects.length === 1 && only
        ? await this.#one(only, change)
        : await this.#many(
            subjects.map(({ id }) => id),
            change,
          );
    this.busy = false;
    if (answer.ok && (change.status || change.assignee !== undefined)) this.last = before;
    return answer;
  }

  /** Brings back status and assignee of the last change. */
  async undo(): Promise<Answer<Done>> {
    const groups = new Map<string, Before[]>();
    for (const one of this.last) {
      const key = JSON.stringify([one.status, one.assignee]);
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    this.last = [];
    let changed = 0;
    let conflicts = 0;
    let problem: ApiProblem | undefined;
    for (const group of groups.values()) {
      const { status, assignee } = group[0]!;
      const answer = await this.#many(
        group.map(({ id }) => id),
        { status, assignee },
      );
      if (answer.ok) {
        changed += answer.value.changed;
        conflicts += answer.value.conflicts;
      } else problem = answer.problem;
    }
    return problem && changed === 0
      ? { ok: false, problem }
      : { ok: true, value: { rows: [], changed, conflicts } };
  }

  /** An incident of these alerts. */
  async toIncident(alerts: readonly Subject[], title: string): Promise<Answer<IncidentDetail>> {
    this.busy = true;
    const [only] = alerts;
    const answer =
      alerts.length === 1 && only
        ? await this.#door.post<IncidentDetail>(`/alerts/${only.id}/incident`, { title })
        : await this.#door.post<IncidentDetail>('/incidents', { title, alerts: alerts.map(({ id }) => id) });
    this.busy = false;
    return answer;
  }

  async #one(alert: Subject, change: AlertChange): Promise<Answer<Done>> {
    const answer = await this.#door.patch<AlertRow>(`/alerts/${alert.id}`, {
      version: alert.version,
      ...change,
    });
    return answer.ok ? { ok: true, value: { rows: [answer.value], changed: 1, conflicts: 0 } } : answer;
  }

  async #many(ids: readonly string[], change: AlertChange): Promise<Answer<Done>> {
    const answer = await this.#door.post<BulkAnswer>('/alerts/actions', { ids, ...change });
    if (!answer.ok) return answer;
    return {
      ok: true,
      value: { rows: [], changed: answer.value.changed, conflicts: answer.value.conflicts.length },
    };
  }
}
