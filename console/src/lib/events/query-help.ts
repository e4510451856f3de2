/** The forms of the query language, each by an example that can be run as it stands. */
import { m } from '$lib/paraglide/messages.js';

export interface HelpRow {
  readonly example: string;
  readonly says: () => string;
}

export const HELP_ROWS: readonly HelpRow[] = [
  { example: 'failed password', says: () => m.help_query_words() },
  { example: '"failed password"', says: () => m.help_query_phrase() },
  { example: 'user.name: root', says: () => m.help_query_equals() },
  { example: 'user.name: (root or admin)', says: () => m.help_query_oneof() },
  { example: 'user.name: adm*', says: () => m.help_query_wild() },
  { example: 'user.name: *', says: () => m.help_query_exists() },
  { example: 'source.ip: 10.0.0.0/8', says: () => m.help_query_cidr() },
  { example: 'http.response.status_code >= 500', says: () => m.help_query_compare() },
  { example: 'url.path: /adm[a-z]+/i', says: () => m.help_query_regex() },
  { example: 'user.name: cased(Root)', says: () => m.help_query_cased() },
  { example: 'user.name: fieldref(user.target.name)', says: () => m.help_query_fieldref() },
  { example: 'event.outcome: failure and not user.name: root', says: () => m.help_query_logic() },
];
