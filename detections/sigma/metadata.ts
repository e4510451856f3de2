/** Reads everything of a rule but its detection. */
import { ENTITY_KINDS } from '#kernel/schema/alert.js';
import { OUTCOMES, SEVERITIES, type Severity } from '#kernel/vocabulary.js';
import { nearest, type DocumentPath, type Report } from './problem.js';
import { STATUSES, type SigmaRule } from './rule.js';
import type { LogSource } from './taxonomy.js';

export type Bag = Readonly<Record<string, unknown>>;

export function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `fallbackId` stands in where the rule has no id (the specification lets it be left out). */
export function readMetadata(document: Bag, fallbackId: string, report: Report): SigmaRule {
  const read = readerOf(document, report);
  const title = read.text('title', true);
  if (title !== undefined && title.length > 256)
    report({
      code: 'sigma.field.value',
      severity: 'warning',
      message: 'the title is longer than 256 characters',
      hint: 'shorten it; say the rest in `description`',
      at: ['title'],
    });
  const id = read.text('id', false);
  if (document['id'] === undefined)
    report({
      code: 'sigma.id.missing',
      severity: 'warning',
      message: 'the rule has no id',
      hint: 'add `id:` with a fresh UUID; without it a moved file is a new rule',
      at: [],
    });
  const status = read.word('status', STATUSES, 'warning');
  const level = read.word('level', SEVERITIES, 'error') ?? 'medium';
  const custom = readCustom(document['fenghuo'], report);
  if (custom.passthrough && Object.hasOwn(document, 'correlation'))
    report({
      code: 'sigma.field.value',
      message: 'a correlation is no alarm of another device: `fenghuo.passthrough` means nothing here',
      hint: 'put it into the rule that the correlation refers to',
      at: ['fenghuo', 'passthrough'],
    });
  return {
    id: id ?? fallbackId,
    title: title ?? '',
    level: level as Severity,
    ...optional('name', read.text('name', false)),
    ...optional('description', read.text('description', false)),
    ...optional('status', status),
    ...optional('author', read.text('author', false)),
    ...optional('license', read.text('license', false)),
    ...optional('date', read.text('date', false)),
    ...optional('modified', read.text('modified', false)),
    tags: read.list('tags'),
    references: read.list('references'),
    falsePositives: read.list('falsepositives'),
    fields: read.list('fields'),
    // A correlation has none: it looks where the rules look that it refers to.
    logsource: Object.hasOwn(document, 'correlation') ? {} : readLogSource(document['logsource'], report),
    ...custom,
  };
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}

/** @internal Shared by all kinds of documents. */
export function readerOf(document: Bag, report: Report) {
  return {
    text(key: string, required: boolean): string | undefined {
      const value = document[key];
      if (value === undefined || value === null) {
        if (required)
          report({
            code: 'sigma.field.missing',
            message: `\`${key}\` is missing`,
            hint: `add \`${key}:\``,
            at: value === null ? [key] : [],
            part: 'key',
          });
        return undefined;
      }
      if (typeof value === 'string' || typeof value === 'number') {
        const text = String(value).trim();
        if (text !== '') return text;
        report({
          code: 'sigma.field.value',
          message: `\`${key}\` is empty`,
          hint: 'give it a text',
          at: [key],
        });
        return undefined;
      }
      report({
        code: 'sigma.field.type',
        message: `\`${key}\` must be a text`,
        hint: 'write one text, in quotes if it holds `: ` or `#`',
        at: [key],
      });
      return undefined;
    },
    word(key: string, known: readonly string[], severity: 'error' | 'warning'): string | undefined {
      const value = document[key];
      if (value === undefined || value === null) return undefined;
      if (typeof value === 'string' && known.includes(value)) return value;
      const close = nearest(String(value), known);
      report({
        code: 'sigma.field.value',
        severity,
        message: `\`${key}\` is \`${String(value)}\`, which is none of ${known.join(', ')}`,
        hint: close ? `did you mean \`${close}\`?` : 'take one of them',
        at: [key],
      });
      return undefined;
    },
    list(key: string): string[] {
      const value = document[key];
      if (value === undefined || value === null) return [];
      if (typeof value === 'string') return [value];
      if (Array.isArray(value) && value.every((item) => ['string', 'number'].includes(typeof item)))
        return value.map(String);
      report({
        code: 'sigma.field.type',
        severity: 'warning',
        message: `\`${key}\` must be a list of texts`,
        hint: 'put a text with `: ` into quotes',
        at: [key],
        part: 'key',
      });
      return [];
    },
  };
}

const SOURCE_KEYS = ['product', 'category', 'service'] as const;

export function readLogSource(value: unknown, report: Report): LogSource {
  const source: { product?: string; category?: string; service?: string } = {};
  if (!isBag(value)) {
    const missing = value === undefined;
    report({
      code: missing ? 'sigma.field.missing' : 'sigma.field.type',
      message: missing ? '`logsource` is missing' : '`logsource` must be a map',
      hint: 'give at least one of product, category, service',
      at: missing ? [] : ['logsource'],
      part: 'key',
    });
    return source;
  }
  let found = false;
  for (const key of SOURCE_KEYS) {
    const entry = value[key];
    if (entry === undefined || entry === null) continue;
    found = true;
    if (typeof entry === 'string' && entry.trim() !== '') source[key] = entry.trim();
    else
      report({
        code: 'sigma.field.type',
        message: `\`logsource.${key}\` must be a text`,
        hint: 'write one word, such as `windows`',
        at: ['logsource', key],
      });
  }
  if (!found)
    report({
      code: 'sigma.logsource.empty',
      message: '`logsource` names none of product, category, service',
      hint: 'a rule that runs on every log is none: say where it looks',
      at: ['logsource'],
      part: 'key',
    });
  return source;
}

type Custom = Pick<SigmaRule, 'titles' | 'descriptions' | 'entity' | 'outcome' | 'passthrough'>;

/** The attribute `fenghuo`, our own; other custom attributes are let pass, as the specification asks. */
function readCustom(value: unknown, report: Report): Custom {
  if (value === undefined) return { titles: {}, descriptions: {} };
  if (!isBag(value)) {
    report({
      code: 'sigma.field.type',
      message: '`fenghuo` must be a map',
      hint: 'it holds title, description, entity, outcome, passthrough',
      at: ['fenghuo'],
    });
    return { titles: {}, descriptions: {} };
  }
  const inside = (key: string): DocumentPath => ['fenghuo', key];
  const languages = (key: string): Record<string, string> => {
    const entry = value[key];
    if (entry === undefined) return {};
    if (isBag(entry) && Object.values(entry).every((text) => typeof text === 'string'))
      return Object.fromEntries(
        Object.entries(entry).map(([language, text]) => [language, String(text).trim()]),
      );
    report({
      code: 'sigma.field.type',
      message: `\`fenghuo.${key}\` must map languages to texts`,
      hint: 'such as `zh-CN: …`',
      at: inside(key),
    });
    return {};
  };
  const word = <T extends string>(key: string, known: readonly T[]): T | undefined => {
    const entry = value[key];
    if (entry === undefined) return undefined;
    const found = known.find((item) => item === entry);
    if (found === undefined)
      report({
        code: 'sigma.field.value',
        message: `\`fenghuo.${key}\` is \`${String(entry)}\`, which is none of ${known.join(', ')}`,
        hint: 'take one of them',
        at: inside(key),
      });
    return found;
  };
  const passthrough = value['passthrough'] ?? false;
  if (typeof passthrough !== 'boolean')
    report({
      code: 'sigma.field.type',
      message: '`fenghuo.passthrough` must be true or false',
      hint: 'true where the matches are alarms of other devices; else leave it out',
      at: inside('passthrough'),
    });
  const entity = word('entity', ENTITY_KINDS);
  const outcome = word('outcome', OUTCOMES);
  return {
    titles: languages('title'),
    descriptions: languages('description'),
    ...(entity && { entity }),
    ...(outcome && { outcome }),
    ...(passthrough === true && { passthrough }),
  };
}
