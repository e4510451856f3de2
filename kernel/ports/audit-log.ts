/** Port: the audit log. A change and its entry are written together; see DESIGN step 7. */
import type { WriteOperation, WriteOutcome } from './record-store.js';
import type { Scope } from '../scope.js';

/** Who acts. `system` for the machinery itself. */
export interface Actor {
  readonly kind: 'user' | 'key' | 'system';
  readonly id: string;
  readonly name: string;
  readonly address?: string;
}

export interface AuditNote {
  readonly actor: Actor;
  /** Past tense, such as `incident.closed`. */
  readonly action: string;
  /** `<collection>/<id>`. */
  readonly target: string;
  /** Default `done`. */
  readonly result?: 'done' | 'refused' | 'failed';
  /** Small values; never secrets. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
  /** Where the entry is placed; default `/`, `live`, 1. */
  readonly unit?: string;
  readonly realm?: string;
  readonly classification?: 1 | 2 | 3;
}

export interface AuditLog {
  /** Writes the operations and one entry for each note in one group. The outcome is that of the operations. */
  write(
    scope: Scope,
    operations: readonly WriteOperation[],
    notes: readonly AuditNote[],
  ): Promise<WriteOutcome>;
  /** An entry without a change (a refusal, a sign-in, an export). */
  note(note: AuditNote): Promise<void>;
}
