/**
 * The whole failure vocabulary: code, HTTP status, sentence, and what to do about it.
 * Callers and the console switch on the code; texts are for people. `{name}` is filled from the fault's data.
 */
export interface ErrorEntry {
  /** HTTP status of the problem response (RFC 9457). */
  readonly status: number;
  /** Lower case, user input in backticks. */
  readonly sentence: string;
  readonly remedy: string;
}

export const ERRORS = {
  // requests
  invalid_request: {
    status: 400,
    sentence: 'the request is not of the required form',
    remedy: 'correct the fields named in `errors`',
  },
  invalid_query: {
    status: 400,
    sentence: 'the query cannot be read: {reason}',
    remedy: 'see the query language page; a value with spaces needs quotes',
  },
  invalid_cursor: {
    status: 400,
    sentence: 'the cursor is not one of ours',
    remedy: 'start again without a cursor',
  },
  invalid_unit: {
    status: 400,
    sentence: '`{unit}` is not a unit path',
    remedy: 'write it as /a/b with lower-case letters, digits and hyphens',
  },
  not_authenticated: {
    status: 401,
    sentence: 'no valid session or key came with the request',
    remedy: 'sign in, or send `Authorization: ApiKey …`',
  },
  bad_credentials: {
    status: 401,
    sentence: 'name or password is wrong',
    remedy: 'try again; a lead or administrator can reset the password',
  },
  not_permitted: {
    status: 403,
    sentence: 'the {actor} has no permission `{permission}`',
    remedy: 'ask an administrator for a role or scope that holds it',
  },
  wrong_origin: {
    status: 403,
    sentence: 'the request came from another site',
    remedy: 'use the console at its own address',
  },
  setup_required: {
    status: 409,
    sentence: 'the first administrator has not been set up',
    remedy: 'open the set-up link printed at start',
  },
  setup_done: { status: 409, sentence: 'the set-up has been done already', remedy: 'sign in instead' },
  bad_setup_token: {
    status: 403,
    sentence: 'the set-up link is not valid',
    remedy: 'use the newest link printed at start',
  },
  not_found: {
    status: 404,
    sentence: '{what} `{id}` is not here',
    remedy: 'it may have been removed, or lie outside what you may see',
  },
  conflict: {
    status: 409,
    sentence: '{what} `{id}` was changed by somebody else meanwhile',
    remedy: 'read it again and repeat the change',
  },
  exists: {
    status: 409,
    sentence: '{what} `{id}` exists already',
    remedy: 'choose another name, or take the old one away first',
  },
  invalid_transition: {
    status: 409,
    sentence: '`{from}` cannot go to `{to}`',
    remedy: 'the allowed next steps are: {allowed}',
  },
  expiry_out_of_range: {
    status: 422,
    sentence: 'the end lies in the past or more than {days} days ahead',
    remedy: 'name an end within that time; it can be made anew when it ends',
  },
  conclusion_required: {
    status: 422,
    sentence: 'closing needs a conclusion',
    remedy: 'give a disposition and say why',
  },
  password_weak: {
    status: 422,
    sentence: 'the password is too weak: {reason}',
    remedy: 'take at least 12 characters, without the name, common words or rows of keys',
  },
  roles_conflict: {
    status: 422,
    sentence: 'one account cannot be `{a}` and `{b}`',
    remedy: 'the three administrators are separate people; make a second account',
  },
  last_administrator: {
    status: 409,
    sentence: 'this is the last enabled system administrator',
    remedy: 'make another one first',
  },
  too_many_requests: { status: 429, sentence: 'too many requests', remedy: 'wait {seconds} s' },
  too_large: {
    status: 413,
    sentence: 'the body is larger than {limit} bytes',
    remedy: 'send smaller batches',
  },
  too_many_records: {
    status: 413,
    sentence: 'more than {limit} records in one request',
    remedy: 'send smaller batches; those before were accepted',
  },
  unsupported: { status: 501, sentence: '{what} is not supported here', remedy: '{how}' },
  internal: {
    status: 500,
    sentence: 'something failed inside',
    remedy: 'the log has the details under this request id',
  },
  // collecting
  journal_full: {
    status: 429,
    sentence: 'the journal is full; readers are behind',
    remedy: 'send again later; nothing accepted is lost',
  },
  disk_full: {
    status: 503,
    sentence: 'the disk is full',
    remedy: 'free space or shorten the retention; ingest goes on by itself',
  },
  line_too_long: {
    status: 413,
    sentence: 'the line is longer than {limit} bytes',
    remedy: 'it was kept, cut to the limit, as event.kind pipeline_error',
  },
  decode_failed: {
    status: 400,
    sentence: 'the record cannot be decoded: {reason}',
    remedy: 'it was kept as event.kind pipeline_error with the raw text',
  },
  source_unreadable: { status: 409, sentence: '`{path}` cannot be read: {reason}', remedy: '{how}' },
  query_too_slow: {
    status: 422,
    sentence: 'the query took longer than {seconds} s',
    remedy: 'narrow the time range, or ask for a text instead of a regular expression',
  },
  // detections
  rule_invalid: {
    status: 422,
    sentence: 'the rule has errors',
    remedy: 'see `errors`: each has file, line, column and remedy',
  },
  // running
  port_in_use: {
    status: 503,
    sentence: '`{address}` is in use',
    remedy: 'stop what uses it, or set {variable} to another address',
  },
  home_locked: {
    status: 503,
    sentence: 'another server works on `{home}`',
    remedy: 'stop it, or set FENGHUO_HOME to another folder',
  },
  insecure_listen: {
    status: 503,
    sentence: '`{address}` is off loopback without {missing}',
    remedy: '{how}',
  },
  journal_damaged: {
    status: 500,
    sentence: 'segment `{file}` is damaged at byte {offset}',
    remedy: 'everything up to the last whole frame was recovered; the tail was set aside',
  },
  store_unavailable: {
    status: 503,
    sentence: 'the store does not answer: {reason}',
    remedy: 'ingest goes on into the journal; the store is tried again',
  },
  schema_too_new: {
    status: 503,
    sentence: 'the data in `{home}` was written by a newer version ({found} > {known})',
    remedy: 'start that version, or restore an older backup',
  },
  backup_invalid: {
    status: 422,
    sentence: 'the backup is not whole: {reason}',
    remedy: 'take another backup; nothing was changed',
  },
  folder_not_empty: {
    status: 409,
    sentence: '`{folder}` is not empty',
    remedy: 'name a new or an empty folder; nothing is ever overwritten',
  },
  config_invalid: { status: 400, sentence: '`{name}` is not usable: {reason}', remedy: '{how}' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure as a value: a code of the table and what fills its sentence. */
export interface Fault {
  readonly code: ErrorCode;
  readonly data?: Readonly<Record<string, string | number>>;
  /** Single findings, each with its place. */
  readonly errors?: readonly FaultDetail[];
}

export interface FaultDetail {
  readonly message: string;
  /** Stable name of this kind of finding, for texts in the reader's language; `data` fills them. */
  readonly code?: string;
  readonly data?: Readonly<Record<string, string | number>>;
  /** JSON pointer, path or file. */
  readonly at?: string;
  /** 1-based. */
  readonly line?: number;
  readonly column?: number;
  readonly remedy?: string;
}

export function fault(code: ErrorCode, data?: Fault['data'], errors?: readonly FaultDetail[]): Fault {
  return { code, ...(data && { data }), ...(errors && { errors }) };
}

/** Sentence or remedy of a fault, filled in. A missing piece of data shows as `?`, never as `undefined`. */
export function sentenceOf(fault: Fault, part: 'sentence' | 'remedy' = 'sentence'): string {
  return ERRORS[fault.code][part].replace(/\{(\w+)\}/g, (_, name: string) =>
    String(fault.data?.[name] ?? '?'),
  );
}

/** A fault thrown where a value cannot travel (start-up, streams). The server turns it into its problem response. */
export class FaultError extends Error {
  readonly fault: Fault;
  constructor(fault: Fault, options?: { cause?: unknown }) {
    super(`${sentenceOf(fault)}; ${sentenceOf(fault, 'remedy')}`, options);
    this.name = 'FaultError';
    this.fault = fault;
  }
}
