/** The messages as they lie: one folder an area, one file a language. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import settings from '../project.inlang/settings.json' with { type: 'json' };

export type Language = 'zh-CN' | 'en';

const folder = import.meta.dirname;
/** Areas that have a folder. */
export const areas = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);
/** Areas that the message compiler reads. */
export const compiledAreas = settings['plugin.inlang.messageFormat'].pathPattern.map(
  (pattern) => pattern.split('/')[2] as string,
);

/** One file's messages without its schema line. */
export function messagesOf(area: string, language: Language): ReadonlyMap<string, unknown> {
  const file = JSON.parse(readFileSync(join(folder, area, `${language}.json`), 'utf8')) as object;
  return new Map(Object.entries(file).filter(([key]) => key !== '$schema'));
}

/** All messages of a language. */
export function allMessages(language: Language): ReadonlyMap<string, unknown> {
  return new Map(areas.flatMap((area) => [...messagesOf(area, language)]));
}
