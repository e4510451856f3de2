/** How Elasticsearch maps the fields of ECS 8: what is no keyword there takes other queries. Facts of the ECS field reference. */

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

/** Elasticsearch and Kibana disregard the case of ASCII letters alone. */
export function hasOtherCase(text: string): boolean {
  for (const character of text)
    if (character > '\x7f' && character.toLowerCase() !== character.toUpperCase()) return true;
  return false;
}
