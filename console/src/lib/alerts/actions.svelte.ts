/** What people do to alerts, and the way back from the last of it. */
import type { Answer } from '$lib/api/answer.js';
import type { ApiClient } from '$lib/api/client.js';
import type { AlertRow, BulkAnswer, IncidentDetail } from '$lib/api/types.js';
import { undoOf } from '#kernel/undo.js';
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
  /** The server's name for the way back. */
  readonly undo: string;
}

type Subject = Pick<AlertRow, 'id' | 'version'>;
/** A change that the server keeps the way back from. */
interface Undoable {
  readonly undo: string;
  readonly change: AlertChange;
}

const MOST = 1000;

export class AlertActions {
  /** What `undo` would take back. */
  last = $state.raw<Undoable>();
  busy = $state(false);
  readonly #door: ApiClient;

  constructor(door: ApiClient) {
    this.#door = door;
  }

  /** One alert by its version, several in one call. */
  async change(alerts: readonly Subject[], change: AlertChange): Promise<Answer<Done>> {
    const subjects = alerts.slice(0, MOST);
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
    if (answer.ok) this.last = { undo: answer.value.undo, change };
    return answer;
  }

  /** Gives back what the alerts were before the last change; those that somebody has triaged since count as conflicts. */
  async undo(): Promise<Answer<Pick<Done, 'changed' | 'conflicts'>>> {
    const { last } = this;
    this.last = undefined;
    if (!last) return { ok: true, value: { changed: 0, conflicts: 0 } };
    const answer = await this.#door.post<{ changed: number; skipped: number }>('/alerts/actions/undo', {
      undo: last.undo,
      ...last.change,
    });
    if (!answer.ok) return answer;
    return { ok: true, value: { changed: answer.value.changed, conflicts: answer.value.skipped } };
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
    if (!answer.ok) return answer;
    const undo = undoOf(alert.id, answer.value.version);
    return { ok: true, value: { rows: [answer.value], changed: 1, conflicts: 0, undo } };
  }

  async #many(ids: readonly string[], change: AlertChange): Promise<Answer<Done>> {
    const answer = await this.#door.post<BulkAnswer>('/alerts/actions', { ids, ...change });
    if (!answer.ok) return answer;
    return {
      ok: true,
      value: {
        ...{ rows: [], changed: answer.value.changed, undo: answer.value.undo },
        conflicts: answer.value.conflicts.length,
      },
    };
  }
}
