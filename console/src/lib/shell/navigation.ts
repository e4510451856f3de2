/** Where one can go, for whom, and by which key. */
export interface Place {
  readonly path: string;
  /** Message key of its name. */
  readonly name: string;
  readonly chord: string;
  /** Any of these opens it. */
  readonly permissions: readonly string[];
  readonly group: 'dispose' | 'analyse' | 'base';
}

export const PLACES: readonly Place[] = [
  { path: '/overview', name: 'nav_overview', chord: 'g o', permissions: ['alerts:read'], group: 'dispose' },
  { path: '/alerts', name: 'nav_alerts', chord: 'g a', permissions: ['alerts:read'], group: 'dispose' },
  {
    path: '/incidents',
    name: 'nav_incidents',
    chord: 'g i',
    permissions: ['incidents:read'],
    group: 'dispose',
  },
  { path: '/events', name: 'nav_events', chord: 'g e', permissions: ['events:read'], group: 'analyse' },
  { path: '/trace', name: 'nav_trace', chord: 'g t', permissions: ['events:read'], group: 'analyse' },
  { path: '/rules', name: 'nav_rules', chord: 'g r', permissions: ['rules:read'], group: 'analyse' },
  { path: '/attack', name: 'nav_attack', chord: 'g m', permissions: ['rules:read'], group: 'analyse' },
  {
    path: '/exceptions',
    name: 'nav_exceptions',
    chord: 'g x',
    permissions: ['exceptions:read'],
    group: 'analyse',
  },
  { path: '/sources', name: 'nav_sources', chord: 'g s', permissions: ['sources:read'], group: 'base' },
  { path: '/storage', name: 'nav_storage', chord: 'g d', permissions: ['storage:read'], group: 'base' },
  { path: '/audit', name: 'nav_audit', chord: 'g l', permissions: ['audit:read'], group: 'base' },
  { path: '/settings', name: 'nav_settings', chord: 'g u', permissions: [], group: 'base' },
];

/** An empty list of permissions means everybody who is signed in. */
export function placesFor(can: (permission: string) => boolean): Place[] {
  return PLACES.filter((place) => place.permissions.length === 0 || place.permissions.some(can));
}

/** False where the path belongs to a place that is closed to the person. */
export function mayOpen(path: string, can: (permission: string) => boolean): boolean {
  const place = PLACES.find((one) => path === one.path || path.startsWith(`${one.path}/`));
  return !place || placesFor(can).includes(place);
}

/**
 * Where a person starts: whoever works on alerts at the queue, whoever only reads at the overview, or at the first
 * place of work that is open; who has none but the audit log starts there.
 */
export function homeFor(can: (permission: string) => boolean): string {
  if (can('alerts:write')) return '/alerts';
  const open = placesFor(can);
  const home =
    open.find(({ group }) => group !== 'base') ?? open.find(({ path }) => path === '/audit') ?? open[0];
  return home?.path ?? '/settings';
}

/** Where a typed text leads: an identifier to its page, anything else to the event search. */
export function searchTarget(text: string): string {
  const word = text.trim();
  if (/^alr_\w+$/.test(word)) return `/alerts/${word}`;
  if (/^inc_\w+$/.test(word)) return `/incidents/${word}`;
  return `/events?q=${encodeURIComponent(/^evt_\w+$/.test(word) ? `"${word}"` : word)}`;
}

/** A path of our own to go back to; anything else (another site) leads home. */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}
