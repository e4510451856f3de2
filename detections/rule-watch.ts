/** Hot reload: watches rule folders, and by a slow poll those that the system cannot watch. */
import { watch, type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { loadRuleSet, RuleFileCache, type LoadedRuleSet } from './rule-set.js';
import { listRuleFiles } from './rule-files.js';

/** The two timers that are needed; `globalThis` has them. */
export interface WatchTimers {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
}

export interface WatchOptions {
  /** Ids that are switched off, asked for at every load. Default: none. */
  readonly disabled?: () => ReadonlySet<string> | Promise<ReadonlySet<string>>;
  /** False: nothing is watched, and only {@link RuleWatch.reload} reads the folders again. Default true. */
  readonly watching?: boolean;
  /** As in {@link loadRuleSet}; they are watched, too. */
  readonly pipelines?: readonly string[];
  /** Shared with an earlier {@link loadRuleSet}, so that unchanged files are not read again. */
  readonly cache?: RuleFileCache;
  /** Quiet time after a change before the folders are read, milliseconds. Default 300. */
  readonly debounceMs?: number;
  /** Between polls for changes that the system did not tell, milliseconds. Default 30,000. */
  readonly pollMs?: number;
  readonly timers?: WatchTimers;
  /** A load that failed as a whole; the set before stays. */
  readonly onError?: (error: unknown) => void;
}

export interface RuleWatch {
  /** Reads the folders now, whether or not something changed; resolves after `onChange`. */
  reload(): Promise<LoadedRuleSet>;
  /** Stops; a load under way is finished and not told. */
  close(): void;
}

/**
 * Tells `onChange` of a new set whenever files have changed, one load at a time: what changes during a load is in the
 * next. Does not load at first.
 */
export function watchRuleSet(
  folders: readonly string[],
  onChange: (loaded: LoadedRuleSet) => void,
  options: WatchOptions = {},
): RuleWatch {
  const timers: WatchTimers = options.timers ?? {
    setTimeout: (run, ms) => setTimeout(run, ms).unref(),
    clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  };
  const cache = options.cache ?? new RuleFileCache();
  const { pipelines = [] } = options;
  const watched = [...folders, ...pipelines];
  let closed = false;
  let quiet: unknown;
  let poll: unknown;
  let signature: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function load(): Promise<LoadedRuleSet> {
    signature = await signatureOf(watched);
    const disabled = (await options.disabled?.()) ?? new Set<string>();
    const loaded = await loadRuleSet(folders, { cache, disabled, pipelines });
    if (!closed) onChange(loaded);
    return loaded;
  }

  function reload(): Promise<LoadedRuleSet> {
    const next = last.then(load);
    last = next.catch((error: unknown) => options.onError?.(error));
    return next;
  }

  function changed(): void {
    if (closed) return;
    timers.clearTimeout(quiet);
    quiet = timers.setTimeout(() => void reload().catch(() => undefined), options.debounceMs ?? 300);
  }

  async function look(): Promise<void> {
    const now = await signatureOf(watched);
    if (signature !== undefined && now !== signature) await reload().catch(() => undefined);
    signature ??= now;
  }

  function schedule(): void {
    if (closed) return;
    poll = timers.setTimeout(() => void look().finally(schedule), options.pollMs ?? 30_000);
  }

  const watching = options.watching ?? true;
  const watchers = watching ? watched.flatMap((folder) => watchFolder(folder, changed)) : [];
  if (watching) void look().finally(schedule);
  return {
    reload,
    close() {
      closed = true;
      timers.clearTimeout(quiet);
      timers.clearTimeout(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** None where the folder is absent or the system has no watches left: the poll sees to it. */
function watchFolder(folder: string, changed: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { recursive: true, persistent: false }, (_, name) => {
      if (name === null || /\.ya?ml$/.test(name)) changed();
    });
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

/** Paths, sizes and times of change of all rule files. */
async function signatureOf(named: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const one of named) {
    const { folder, names } = listRuleFiles(one, () => undefined);
    for (const name of names) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      lines.push(`${path} ${found?.size} ${found?.mtimeMs}`);
    }
  }
  return lines.join('\n');
}
