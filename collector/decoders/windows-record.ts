/** One Windows event in the one form that every shape (Winlogbeat, NXLog, EVTX, XML) is brought to. */

/** A datum of EventData or UserData: its name as Windows gives it, its value as text (a bag for unnamed data). */
export type WindowsDatum = string | readonly string[];

/** Data by name. */
export interface WindowsData {
  get(name: string): WindowsDatum | undefined;
  forEach(visit: (datum: WindowsDatum, name: string) => void): void;
}

export interface WindowsRecord {
  /** Event id as text. */
  readonly code: string;
  readonly channel?: string;
  readonly provider?: string;
  readonly providerGuid?: string;
  readonly computer?: string;
  readonly recordId?: string;
  /** Epoch milliseconds. */
  readonly timeMs?: number;
  /** Number 0–5 as text (`4`), or the word of the shipper (`information`). */
  readonly level?: string;
  readonly task?: string;
  readonly opcode?: string;
  readonly keywords?: readonly string[];
  readonly version?: string;
  /** Process and thread that wrote the event, not those it is about. */
  readonly processId?: number;
  readonly threadId?: number;
  readonly userSid?: string;
  readonly activityId?: string;
  readonly relatedActivityId?: string;
  /** The rendered text. */
  readonly message?: string;
  readonly data: WindowsData;
  /** Data that came as UserData keep that place besides `data`. */
  readonly userData?: WindowsData;
  /** What the shipper added of its own, under its own names. */
  readonly shipper?: Readonly<Record<string, unknown>>;
  /** The object that all of it was read from, where its values are the record's own texts. */
  readonly bag?: Readonly<Record<string, unknown>>;
}

/** A value of a record as text; undefined for null, objects and empty lists. */
export function datumText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return undefined;
}

/** Unnamed data are kept twice: as the bag `Data`, and as `param1`, `param2` … after Winlogbeat. */
export function addUnnamed(data: Map<string, WindowsDatum>, values: readonly string[]): void {
  if (values.length === 0) return;
  data.set('Data', values);
  values.slice(0, 256).forEach((value, index) => {
    addDatum(data, `param${index + 1}`, value);
  });
}

/** Sets a datum unless it is there already. */
export function addDatum(data: Map<string, WindowsDatum>, name: string, value: WindowsDatum): void {
  if (!data.has(name)) data.set(name, value);
}

/** Reads a datum as text; the first one of a bag. Windows writes `-` for none. */
export type DatumReader = (name: string) => string | undefined;
