/**
 * What was read of rule files, kept from one start to the next: one file of JSON for each row of rule folders. It is only
 * for speed: what is broken, of another version or not our own is as if it were not there, and is written anew.
 */
import { hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AskedFields, decodeRuleFile, encodeRuleFile, ENCODING, type EncodedFile } from './rule-encoding.js';
import type { RuleFile } from './sigma/file.js';
import type { AskedField } from './sigma/mapping.js';
import { isBag } from './sigma/metadata.js';
import type { Pipelines } from './sigma/pipeline/join.js';

export interface RuleCachePlace {
  /** Made where it is absent. */
  readonly folder: string;
  /** Names the program that reads the rules: another one reads them otherwise. */
  readonly program: string;
  /** Fewer files are not worth keeping. Default 500. */
  readonly least?: number;
}

/** Larger ones are not ours. */
const MOST_BYTES = 512 * 1024 * 1024;
/** Rows of folders that are remembered; those that were written longest ago go. */
const MOST_CACHES = 8;
/** It is written again when more than this share of it is out of date. */
const MOST_STALE = 0.02;

export class KeptRuleFiles {
  readonly #path: string;
  readonly #place: RuleCachePlace;
  readonly #pipelines: Pipelines;
  readonly #fields: AskedFields;
  readonly #found: ReadonlyMap<string, EncodedFile>;
  readonly #current = new Map<string, EncodedFile>();
  #stale = 0;

  private constructor(path: string, place: RuleCachePlace, pipelines: Pipelines, kept: Kept | undefined) {
    this.#path = path;
    this.#place = place;
    this.#pipelines = pipelines;
    this.#fields = new AskedFields(kept?.fields);
    this.#found = new Map(Object.entries(kept?.files ?? {}));
  }

  static open(place: RuleCachePlace, folders: readonly string[], pipelines: Pipelines): KeptRuleFiles {
    const name = hash('sha256', JSON.stringify(folders.map((folder) => resolve(folder)))).slice(0, 16);
    const path = join(place.folder, `rules-${name}.json`);
    return new KeptRuleFiles(path, place, pipelines, readKept(path, keyOf(place, pipelines)));
  }

  /** What was made of the same text at the same path; undefined where it is not kept. `textHash` names the text. */
  read(path: string, textHash: string): RuleFile | undefined {
    const key = fileKey(path, textHash);
    const found = this.#found.get(key);
    if (!found) return undefined;
    try {
      const file = decodeRuleFile(found, this.#fields, this.#pipelines);
      this.#current.set(key, found);
      return file;
    } catch {
      return undefined;
    }
  }

  /** A file that was not kept. */
  add(path: string, textHash: string, file: RuleFile): void {
    const encoded = encodeRuleFile(file, this.#fields);
    if (!encoded) return;
    this.#current.set(fileKey(path, textHash), encoded);
    this.#stale++;
  }

  /** Writes what was read and added, if it is worth it. Never throws: the next start is slower, no more. */
  async save(): Promise<void> {
    const { size } = this.#current;
    const stale = this.#stale + this.#found.size - (size - this.#stale);
    if (size < (this.#place.least ?? 500) || stale <= size * MOST_STALE) return;
    const kept: Kept = { fields: this.#fields.all, files: Object.fromEntries(this.#current) };
    // In ASCII it is read twice as fast.
    const body = JSON.stringify(kept).replace(/[^\0-\x7f]/g, escapeUnit);
    const head = JSON.stringify({ key: keyOf(this.#place, this.#pipelines), sha256: hash('sha256', body) });
    const fresh = `${this.#path}.${process.pid}`;
    try {
      await mkdir(this.#place.folder, { recursive: true, mode: 0o700 });
      await rm(fresh, { force: true });
      await writeFile(fresh, `${head}\n${body}`, { mode: 0o600, flag: 'wx' });
      await rename(fresh, this.#path);
      await forgetOldest(this.#place.folder);
    } catch {
      await rm(fresh, { force: true }).catch(() => undefined);
    }
  }
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function keyOf({ program }: RuleCachePlace, { key }: Pipelines): string {
  return hash('sha256', JSON.stringify([ENCODING, program, key]));
}

/** The path is in diagnostics, and stands in for an id that is missing. */
function fileKey(path: string, textHash: string): string {
  return `${textHash} ${path}`;
}

interface Kept {
  readonly fields: readonly AskedField[];
  readonly files: Readonly<Record<string, EncodedFile>>;
}

function readKept(path: string, key: string): Kept | undefined {
  try {
    const bytes = readOwn(path);
    const end = bytes.indexOf('\n');
    const head = JSON.parse(bytes.toString('utf8', 0, end)) as { key?: unknown; sha256?: unknown };
    const body = bytes.subarray(end + 1);
    if (head.key !== key || head.sha256 !== hash('sha256', body)) return undefined;
    const kept = JSON.parse(body.toString('latin1')) as Partial<Kept>;
    return Array.isArray(kept.fields) && isBag(kept.files) ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}

/** Throws for a file that somebody else could have written. */
function readOwn(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const { size, uid, mode } = fstatSync(file);
    const foreign = process.getuid !== undefined && (uid !== process.getuid() || (mode & 0o022) !== 0);
    if (foreign || size > MOST_BYTES) throw new Error('not our own');
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

async function forgetOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('rules-'));
  const found = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), at: (await stat(join(folder, name))).mtimeMs })),
  );
  const oldest = found.sort((a, b) => b.at - a.at).slice(MOST_CACHES);
  for (const { path } of oldest) await rm(path, { force: true });
}
