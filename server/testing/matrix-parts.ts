/** What the rows of the role matrix are made of. */
import type { Items, Place } from './items.js';

export interface Ask {
  readonly url: string;
  readonly body?: unknown;
  /** Target of the audit entry, where the row names an action. */
  readonly target?: string;
}

export interface Row {
  /** As registered: `GET /api/v1/alerts/:id`. */
  readonly route: string;
  /** Roles and scopes of keys that may; everyone else is refused. `public`: everybody; `signed-in`: all but strangers. */
  readonly may: string;
  /** Status for those who may; default 200. */
  readonly ok?: number;
  /** The request, on an item of this place made for it. Default: the address as it is. */
  readonly ask?: (items: Items, place: Place) => Promise<Ask>;
  /** Of the node and every unit on it: `may` holds for those of the top unit; nobody of a single unit may. */
  readonly node?: true;
  /** Acts on one item: asked of another unit, realm or classification it is not there. */
  readonly item?: true;
  /** Action in the audit log for those who may. */
  readonly audit?: string;
}

export const READERS = 'viewer analyst lead';
export const API = '/api/v1';
export const at = (path: string, body?: unknown, target?: string): Ask => ({
  url: `${API}${path}`,
  ...(body !== undefined && { body }),
  ...(target !== undefined && { target }),
});
export const closing = { disposition: 'false_positive', conclusion: 'checked' };
export const account = (name: string) => ({
  ...{ name, displayName: name, password: 'lantern-under-rain-9', roles: ['viewer'] },
  ...{ units: ['/a'], realms: ['live'], ceiling: 1 },
});
// The test's clock stands at 2026-11-22.
export const SOON = '2026-11-23T00:00:00.000Z';

export const ALERTS = `${READERS} security key:alerts:read key:alerts:write key:admin`;
export const TRIAGE = 'analyst lead key:alerts:write key:admin';
export const INCIDENTS = `${READERS} security key:incidents:read key:incidents:write key:admin`;
export const WORK = 'analyst lead key:incidents:write key:admin';
export const CLOSE = 'lead key:incidents:write key:admin';
export const EVENTS = `${READERS} security key:events:read key:admin`;
export const RULES = `${READERS} security key:rules:read key:rules:write key:admin`;
export const EXCEPTIONS = `${READERS} security key:rules:read key:rules:write key:admin`;
export const EXCEPT = 'lead security key:rules:write key:admin';
export const RULE_WRITE = 'security key:rules:write key:admin';
export const SOURCES = `${READERS} system key:admin`;
export const SOURCE_WRITE = 'lead system key:admin';
export const USERS = 'system security audit key:admin';
export const JOBS = `${READERS} system audit key:admin`;
/** A hunt shows events, and burdens the store. */
export const HUNT = 'analyst lead key:admin';
export const HUNTS = `${READERS} security key:admin`;
/** One of the rules that come along. */
export const RULE = 'c141916d-8f03-4574-96ed-1740a2b39901';
