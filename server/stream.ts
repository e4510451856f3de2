/**
 * The event stream's hub: hints of what changed, kept in a ring for replay, sent to each client within its own scope.
 * A client that cannot keep up is told to read anew (`reset`) instead of being sent everything.
 */
import type { EventBus, EventMap } from '#kernel/bus.js';
import { isVisible, type Placed, type Scope } from '#kernel/scope.js';
import type { Severity } from '#kernel/vocabulary.js';
import type { Permission } from '#trust/access/authorize.js';

export type HintKind =
  | 'alert.raised'
  | 'alert.changed'
  | 'incident.changed'
  | 'source.changed'
  | 'job.progressed'
  | 'rules.reloaded';

export interface Hint {
  readonly kind: HintKind;
  readonly id: string;
  readonly severity?: Severity;
  readonly title?: string;
}

/** Who listens, and what may reach them; asked again with every heartbeat. */
export interface Audience {
  /** Who it is, so that one account or key cannot take every place. */
  readonly actor: { readonly id: string };
  readonly scope: Scope;
  readonly permissions: ReadonlySet<Permission>;
}

/** A connection; `write` gives false when its buffer is full, and `drained` is called when it has emptied. */
export interface StreamSink {
  write(text: string): boolean;
  end(): void;
}

export interface StreamClient {
  /** The sink has emptied. */
  drained(): void;
  leave(): void;
}

export interface StreamHub {
  /**
   * `audience` is asked now and with every heartbeat; undefined ends the connection (session expired, account
   * disabled). `lastId`: the `Last-Event-ID` of the browser.
   */
  join(
    sink: StreamSink,
    audience: () => Promise<Audience | undefined>,
    lastId?: string,
  ): Promise<StreamClient | undefined>;
  clients(): number;
  /** Sends what is gathered. Called every `FLUSH_MS`. */
  flush(): void;
  /** Called every `HEARTBEAT_MS`. */
  heartbeat(): Promise<void>;
  /** Ends all connections; no more can join. */
  close(): void;
}

export const HEARTBEAT_MS = 15_000;
export const FLUSH_MS = 250;
const RING = 2000;
/** More hints than this at once are one `reset`: reading the list again is cheaper than hearing of each line. */
const BURST = 200;
export const MAX_CLIENTS = 500;
/** A console takes one for all its tabs; this is for many machines and for streams whose end is not yet known. */
export const MAX_CLIENTS_OF_ONE = 20;

const NEEDS: Readonly<Record<HintKind, readonly Permission[]>> = {
  'alert.raised': ['alerts:read'],
  'alert.changed': ['alerts:read'],
  'incident.changed': ['incidents:read'],
  'source.changed': ['sources:read'],
  'job.progressed': ['replay:run', 'storage:read'],
  'rules.reloaded': ['rules:read'],
};

interface Item {
  readonly number: number;
  readonly hint: Hint;
  /** Undefined: of no unit (the rule set is everybody's). */
  readonly placed: Placed | undefined;
}

interface Client extends StreamClient {
  audience: Audience;
  readonly sink: StreamSink;
  readonly ask: () => Promise<Audience | undefined>;
  /** The sink is full: hints are not queued; a reset follows once it has emptied. */
  full: boolean;
  missed: boolean;
}

/** `firstNumber` must grow from start to start (epoch milliseconds do): an id of an earlier process then means reset. */
export function createStreamHub(bus: EventBus, firstNumber: number): StreamHub {
  const ring: Item[] = [];
  const clients = new Set<Client>();
  let next = firstNumber;
  let closed = false;
  /** Gathered since the last flush; one hint for each kind and record. */
  const gathered = new Map<string, { hint: Hint; placed: Placed | undefined }>();

  const gather = (hint: Hint, placed?: Placed): void => {
    const key = `${hint.kind} ${hint.id}`;
    // What was just raised is read whole anyway; that it changed in the same moment is no news.
    if (hint.kind === 'alert.changed' && gathered.has(`alert.raised ${hint.id}`)) return;
    gathered.set(key, { hint, placed });
  };
  const stop = [
    bus.on('alert.raised', (told: EventMap['alert.raised']) =>
      gather({ kind: 'alert.raised', id: told.id, severity: told.severity, title: told.title }, told),
    ),
    ...(['alert.changed', 'incident.changed', 'source.changed', 'job.progressed'] as const).map((kind) =>
      bus.on(kind, (told) => gather({ kind, id: told.id }, told)),
    ),
    bus.on('rules.reloaded', ({ version }) => gather({ kind: 'rules.reloaded', id: version })),
  ];

  const mayHear = ({ scope, permissions }: Audience, { hint, placed }: Omit<Item, 'number'>): boolean =>
    NEEDS[hint.kind].some((permission) => permissions.has(permission)) &&
    (placed === undefined || isVisible(scope, placed));

  function send(client: Client, text: string): void {
    if (!client.sink.write(text)) client.full = true;
  }

  function reset(client: Client): void {
    client.missed = false;
    send(client, `id: ${next - 1}\nevent: reset\ndata: {}\n\n`);
  }

  function deliver(client: Client, items: readonly Item[]): void {
    const heard = items.filter((item) => mayHear(client.audience, item));
    if (heard.length === 0) return;
    if (client.full) client.missed = true;
    else if (heard.length > BURST) reset(client);
    else send(client, heard.map(print).join(''));
  }

  function replay(client: Client, lastId: string | undefined): void {
    if (lastId === undefined) return;
    const last = /^\d{1,16}$/.test(lastId) ? Number(lastId) : -1;
    const oldest = ring[0]?.number ?? next;
    if (last < oldest - 1 || last >= next) reset(client);
    else deliver(client, ring.slice(last + 1 - oldest));
  }

  return {
    async join(sink, ask, lastId) {
      const audience = await ask();
      if (closed || audience === undefined || clients.size >= MAX_CLIENTS) return undefined;
      const own = [...clients].filter((client) => client.audience.actor.id === audience.actor.id);
      if (own.length >= MAX_CLIENTS_OF_ONE) return undefined;
      const client: Client = {
        sink,
        ask,
        audience,
        full: false,
        missed: false,
        drained() {
          client.full = false;
          if (client.missed) reset(client);
        },
        leave: () => void clients.delete(client),
      };
      clients.add(client);
      send(client, `retry: 2000\nid: ${next - 1}\n: welcome\n\n`);
      replay(client, lastId);
      return client;
    },
    clients: () => clients.size,
    flush() {
      if (gathered.size === 0) return;
      const items = [...gathered.values()].map(({ hint, placed }): Item => ({
        number: next++,
        hint,
        placed,
      }));
      gathered.clear();
      ring.push(...items);
      if (ring.length > RING) ring.splice(0, ring.length - RING);
      for (const client of clients) deliver(client, items);
    },
    async heartbeat() {
      await Promise.all(
        [...clients].map(async (client) => {
          const audience = await client.ask().catch(() => undefined);
          if (audience === undefined) {
            clients.delete(client);
            client.sink.end();
            return;
          }
          client.audience = audience;
          if (!client.full) send(client, ': heartbeat\n\n');
        }),
      );
    },
    close() {
      closed = true;
      for (const off of stop) off();
      for (const client of clients) client.sink.end();
      clients.clear();
    },
  };
}

function print({ number, hint }: Item): string {
  return `id: ${number}\nevent: hint\ndata: ${JSON.stringify(hint)}\n\n`;
}
