/** How Elasticsearch maps the fields of ECS 8: what is no keyword there takes other queries. Facts of the ECS field reference. */
import type { Refuse } from './converted.js';

export type Mapped = 'keyword' | 'number' | 'ip' | 'date' | 'text';

const NUMBERS = new RegExp(
  [
    String.raw`(?:^|\.)(?:port|bytes|packets|pid|ppid|pgid|vpid)$`,
    String.raw`(?:^|\.)as\.number$`,
    String.raw`(?:^|\.)thread\.id$`,
    String.raw`^event\.(?:severity|duration|sequence|risk_score|risk_score_norm)$`,
    String.raw`^http\.(?:request|response)\.(?:bytes|body\.bytes|status_code)$`,
    String.raw`^(?:process|process\.parent)\.(?:exit_code|args_count|uptime)$`,
    String.raw`^log\.syslog\.(?:priority|facility\.code|severity\.code)$`,
    String.raw`^log\.origin\.file\.line$`,
    String.raw`^(?:file|dll|process)\.size$`,
    String.raw`^dns\.answers\.ttl$`,
  ].join('|'),
);
const ADDRESSES = /(?:^|\.)ip$|^dns\.resolved_ip$/;
const DATES =
  /^@timestamp$|^event\.(?:created|start|end|ingested)$|(?:^|\.)(?:start|end)$|^file\.(?:created|mtime|ctime|accessed)$|\.not_(?:before|after)$/;
/** Analysed, or not indexed at all: no query finds a text in them as it stands. */
const TEXTS = /^(?:message|error\.message|event\.original)$/;

/** Anything that is not known to be something else is a keyword (or `wildcard`), as Elastic's templates have it. */
export function mappedAs(path: string): Mapped {
  if (TEXTS.test(path)) return 'text';
  if (NUMBERS.test(path)) return 'number';
  if (ADDRESSES.test(path)) return 'ip';
  return DATES.test(path) ? 'date' : 'keyword';
}

/** What can only be asked of such a field: whether this is one; else the reason is noted, `convert.<target>.<asked>`. */
export function canAsk(target: string, asked: keyof typeof ASKED, path: string, refuse: Refuse): boolean {
  const [mapped, message, remedy] = ASKED[asked];
  if (mappedAs(path) === mapped) return true;
  refuse(`convert.${target}.${asked}`, `\`${path}\` ${message}`, remedy);
  return false;
}

const ASKED = {
  cidr: [
    'ip',
    'is no field of addresses (type `ip`), and a network cannot be asked of text',
    'ask for a field that ends in `.ip`',
  ],
  compare: [
    'number',
    'is no field of numbers, and text would be compared letter by letter',
    'list the values, or ask for a field that ECS maps as a number',
  ],
} as const;

export const NO_KEYWORDS = [
  'keywords look into every field as it stands, and analysed fields are found by their words alone',
  'name the fields that the keywords may stand in',
] as const;

/** Elasticsearch and Kibana disregard the case of ASCII letters alone. */
export function hasOtherCase(text: string): boolean {
  for (const character of text)
    if (character > '\x7f' && character.toLowerCase() !== character.toUpperCase()) return true;
  return false;
}
