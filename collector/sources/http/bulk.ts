/** One `_bulk` request: its lines to events, the journal's answers to items. */
import { ERRORS, sentenceOf, type Fault } from '#kernel/errors.js';
import type { NewEvent } from '#kernel/event.js';
import type { Accepted, Intake } from '#kernel/ports/journal.js';
import type { FramedMessage } from '../../decoders/framer.js';
import { decodeJsonLine } from '../../decoders/json-line.js';
import { decodeUtf8 } from '../../decoders/utf8.js';
import { normalize } from '../../normalizers/normalize.js';
import type { NormalizeContext } from '../../normalizers/record.js';
import { tellAccepted } from '../delivery.js';
import type { SourceObserver } from '../observer.js';
import { elasticError, elasticType, type ElasticError } from './elastic.js';

const OPERATIONS = ['create', 'index', 'update', 'delete'] as const;
type Operation = (typeof OPERATIONS)[number];

export interface ItemError {
  readonly type: string;
  readonly reason: string;
}

/** The answer to one operation, in Elasticsearch's form. */
export interface BulkItem {
  readonly _index: string;
  readonly _id?: string;
  readonly _version?: number;
  readonly result?: string;
  readonly _shards?: { readonly total: number; readonly successful: number; readonly failed: number };
  readonly _seq_no?: number;
  readonly _primary_term?: number;
  readonly status: number;
  readonly error?: ItemError;
}

interface Action {
  readonly operation: Operation;
  readonly index: string;
  readonly id?: string;
}

interface Pending {
  readonly action: Action;
  readonly slot: number;
  readonly event: NewEvent;
  /** The document was no JSON; kept as `pipeline_error`, and answered as Elasticsearch would. */
  readonly problem?: string;
}

export interface BulkOptions {
  readonly intake: Intake;
  readonly observer: SourceObserver;
  readonly context: () => NormalizeContext;
  readonly nowMs: () => number;
  /** From `/{index}/_bulk`. */
  readonly defaultIndex?: string;
  /** Beyond so many the request is refused. */
  readonly mostOperations: number;
}

/** Events and bytes handed to the journal at a time. */
const MOST_EVENTS = 2_000;
const MOST_BYTES = 4 << 20;
const SHARDS = { total: 1, successful: 1, failed: 0 } as const;

/** `senderId` of a bulk item: index and identifier. */
export function senderIdOf(index: string, id: string): string {
  return `${index}\u0000${id}`;
}

export class BulkRequest {
  readonly #options: BulkOptions;
  readonly #items: Record<string, BulkItem>[] = [];
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #action: Action | undefined;
  #lines = 0;
  #accepted = 0;
  #errors = false;
  /** The journal refused a part; what follows is refused without asking again. */
  #refusal: Fault | undefined;

  constructor(options: BulkOptions) {
    this.#options = options;
  }

  /** Returns the answer to the whole request where a line makes it unreadable from there on. */
  async take(lines: readonly FramedMessage[]): Promise<ElasticError | undefined> {
    for (const line of lines) {
      this.#lines++;
      const most = this.#options.mostOperations;
      if (this.#items.length >= most)
        return elasticError(413, 'content_too_long_exception', `more than ${most} operations in one request`);
      if (this.#action) this.#document(this.#action, line);
      else {
        const problem = this.#readAction(line);
        if (problem !== undefined) return this.#malformed(problem, line);
      }
      if (this.#pending.length >= MOST_EVENTS || this.#pendingBytes >= MOST_BYTES) await this.#append();
    }
    return undefined;
  }

  /** The answer: `items` in the order asked; or the fault where the journal took nothing at all. */
  async finish(startedMs: number): Promise<
    | {
        readonly ok: true;
        readonly took: number;
        readonly errors: boolean;
        readonly items: readonly object[];
      }
    | { readonly ok: false; readonly fault: Fault }
  > {
    if (this.#action) {
      this.#fail(this.#action, this.#slot(), 400, {
        type: 'illegal_argument_exception',
        reason: 'the request ended before the document of its last action',
      });
      this.#action = undefined;
    }
    await this.#append();
    if (this.#refusal && this.#accepted === 0) return { ok: false, fault: this.#refusal };
    return {
      ok: true,
      took: Math.max(0, this.#options.nowMs() - startedMs),
      errors: this.#errors,
      items: this.#items,
    };
  }

  /** A reason where the line is no action. */
  #readAction(line: FramedMessage): string | undefined {
    const decoded = line.cutFrom === undefined ? decodeJsonLine(line.bytes.toString('utf8')) : undefined;
    if (!decoded?.ok) return `Malformed action/metadata line [${this.#lines}], expected START_OBJECT`;
    const names = Object.keys(decoded.value);
    const operation = OPERATIONS.find((name) => name === names[0]);
    const meta = operation === undefined ? undefined : decoded.value[operation];
    if (operation === undefined || names.length !== 1)
      return `Malformed action/metadata line [${this.#lines}], expected field [create], [delete], [index] or [update] but found [${(names[0] ?? '').slice(0, 100)}]`;
    if (typeof meta !== 'object' || meta === null || Array.isArray(meta))
      return `Malformed action/metadata line [${this.#lines}], expected START_OBJECT after [${operation}]`;
    const { _index: index, _id: id } = meta as { _index?: unknown; _id?: unknown };
    const action: Action = {
      operation,
      index: typeof index === 'string' && index !== '' ? index : (this.#options.defaultIndex ?? ''),
      ...((typeof id === 'string' || typeof id === 'number') && id !== '' && { id: String(id) }),
    };
    if (operation === 'delete') this.#refuse(action);
    else this.#action = action;
    return undefined;
  }

  #document(action: Action, line: FramedMessage): void {
    this.#action = undefined;
    if (action.operation === 'update') this.#refuse(action);
    else if (action.index === '')
      this.#fail(action, this.#slot(), 400, {
        type: 'action_request_validation_exception',
        reason: 'index is missing',
      });
    else if (action.id !== undefined && Buffer.byteLength(action.id) > 512)
      this.#fail(action, this.#slot(), 400, {
        type: 'illegal_argument_exception',
        reason: 'id is too long, must be no longer than 512 bytes',
      });
    else this.#keep(action, line);
  }

  #keep(action: Action, line: FramedMessage): void {
    const slot = this.#slot();
    if (this.#refusal) {
      this.#rejected(action, slot, this.#refusal);
      return;
    }
    const { text, invalidUtf8 } = decodeUtf8(line.bytes);
    const decoded = line.cutFrom === undefined ? decodeJsonLine(text) : undefined;
    const event = normalize(
      {
        text,
        ...(decoded?.ok && { value: decoded.value }),
        ...(decoded && !decoded.ok && { problem: decoded.reason }),
        ...(line.cutFrom !== undefined && { cutTo: line.bytes.length, problem: 'cut' }),
        ...(invalidUtf8 && { invalidUtf8 }),
        ...(action.id !== undefined && { senderId: senderIdOf(action.index, action.id) }),
      },
      this.#options.context(),
    );
    this.#pending.push({ action, slot, event, ...(decoded && !decoded.ok && { problem: decoded.reason }) });
    this.#pendingBytes += line.bytes.length;
  }

  async #append(): Promise<void> {
    const pending = this.#pending;
    const bytes = this.#pendingBytes;
    if (pending.length === 0) return;
    this.#pending = [];
    this.#pendingBytes = 0;
    const events = pending.map((item) => item.event);
    const result = this.#refusal ? undefined : await this.#options.intake.append(events);
    if (!result?.ok) {
      this.#refusal ??= result?.fault;
      for (const item of pending) this.#rejected(item.action, item.slot, this.#refusal as Fault);
      return;
    }
    this.#accepted += pending.length;
    const fresh = events.filter((_, index) => result.value[index]?.duplicate !== true);
    tellAccepted(this.#options.observer, fresh, bytes, this.#options.nowMs());
    pending.forEach((item, index) => this.#answer(item, result.value[index] as Accepted));
  }

  #answer(item: Pending, accepted: Accepted): void {
    const { action, slot } = item;
    const id = action.id ?? accepted.id;
    if (item.problem !== undefined) {
      this.#fail({ ...action, id }, slot, 400, {
        type: 'document_parsing_exception',
        reason: `failed to parse: ${item.problem}; the line was kept as event.kind pipeline_error`,
      });
    } else if (accepted.duplicate && action.operation === 'create') {
      this.#fail({ ...action, id }, slot, 409, {
        type: 'version_conflict_engine_exception',
        reason: `[${id}]: version conflict, document already exists (current version [1])`,
      });
    } else
      this.#items[slot] = {
        [action.operation]: {
          _index: action.index,
          _id: id,
          _version: 1,
          result: accepted.duplicate ? 'updated' : 'created',
          _shards: SHARDS,
          _seq_no: accepted.seq,
          _primary_term: 1,
          status: accepted.duplicate ? 200 : 201,
        },
      };
  }

  #slot(): number {
    return this.#items.push({}) - 1;
  }

  #fail(action: Action, slot: number, status: number, error: ItemError): void {
    this.#errors = true;
    this.#items[slot] = {
      [action.operation]: {
        _index: action.index,
        ...(action.id !== undefined && { _id: action.id }),
        status,
        error,
      },
    };
  }

  /** Events are evidence: nothing that was accepted is changed or taken back. */
  #refuse(action: Action): void {
    this.#fail(action, this.#slot(), 400, {
      type: 'illegal_argument_exception',
      reason: 'events cannot be changed: only write ops with an op_type of create or index are allowed',
    });
  }

  #rejected(action: Action, slot: number, refusal: Fault): void {
    this.#fail(action, slot, ERRORS[refusal.code].status, {
      type: elasticType(refusal),
      reason: sentenceOf(refusal),
    });
  }

  /**
   * Elasticsearch refuses the whole request, and so do we; the line itself is kept as a `pipeline_error`. What was
   * accepted before it stays: a sender that gives identifiers may send all of it again.
   */
  async #malformed(reason: string, line: FramedMessage): Promise<ElasticError> {
    const { text, invalidUtf8 } = decodeUtf8(line.bytes);
    const problem = `malformed action in a bulk request, line ${this.#lines}`;
    const event = normalize({ text, problem, ...(invalidUtf8 && { invalidUtf8 }) }, this.#options.context());
    const result = await this.#options.intake.append([event]);
    if (result.ok) tellAccepted(this.#options.observer, [event], line.bytes.length, this.#options.nowMs());
    const before = this.#accepted > 0 ? `; ${this.#accepted} items before it were accepted` : '';
    return elasticError(400, 'illegal_argument_exception', reason + before);
  }
}
