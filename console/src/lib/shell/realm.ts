/** How a realm is called on the page. */
import { m } from '$lib/paraglide/messages.js';

export const LIVE = 'live';

export function isDrill(realm: string): boolean {
  return realm !== LIVE;
}

/** `live` is 正式; `drill:2026` is 演练 2026. */
export function realmName(realm: string): string {
  return isDrill(realm) ? m.realm_drill({ name: realm.replace(/^drill:/, '') }) : m.realm_live();
}
