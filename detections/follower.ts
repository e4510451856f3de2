/** Follows the journal, judges every frame, commits the judgements in an unbroken row, and hands them on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventBus } from '#kernel/bus.js';
import type { Clock } from '#kernel/clock.js';
import { fault, FaultError, sentenceOf, type Fault } from '#kernel/errors.js';
import type { Frame } from '#kernel/event.js';
import type { Journal } from '#kernel/ports/journal.js';
import type { RecordStore } from '#kernel/ports/record-store.js';
import type { Judgement } from '#kernel/schema/judgement.js';
import type { Scope } from '#kernel/scope.js';
import { createJudgementCommits, type JudgementCommits } from './commit.js';
import type { IsOwn } from './attack-facts.js';
import { Engine } from './engine.js';
import type { ExceptionSet } from './exceptions.js';
import { JudgementBatch } from './judgement-batch.js';
import type { OnRuleError, OpenGroups } from './judge.js';
import type { RuleSet } from './types.js';

export interface FollowerOptions {
  readonly journal: Journal;
  readonly records: RecordStore;
  /** The machinery's own: all units and realms. */
  readonly scope: Scope;
  readonly rules: RuleSet;
  readonly groups: OpenGroups;
  /** Told of each judgement after its commit, in order, and awaited; again after a restart or a failure. Must be idempotent. */
  readonly onJudgement: (judgement: Judgement) => Promise<void>;
  readonly clock: Clock;
  /** Hears `frame.judged`, `loss.counted` (`frame_unjudged`), `platform.reported` (`judging_failing`, `judging_working`, `judgement_differs`). */
  readonly bus: EventBus;
  /** Told once for each rule version that fails. */
  readonly onRuleError?: OnRuleError;
  /** Which addresses are ours. Default: the usual private networks. */
  readonly isOwn?: IsOwn;
  /** Exceptions and mutes at the start; default: none. */
  readonly exceptions?: ExceptionSet;
  /** New alerts that a rule may open in a minute. Default: `USUAL_FLOOD_LIMIT`. */
  readonly floodLimit?: number;
  /** Frames without a match are committed together: at most so many (default 1,000) … */
  readonly foldFrames?: number;
  /** … and, when caught up, not until so long after the commit before (default 500 ms; after a rest at once) … */
  readonly foldMs?: number;
  /** … and, when behind, so long after the first of them at the latest (default 2 s). A match waits for none of these. */
  readonly foldMostMs?: number;
  /** Behind, judgements are committed together after so many events at most. Default 5,000. */
  readonly batchEvents?: number;
  /** Pause after a failure: doubled with each one from the first to the greatest. Default 250 ms to 30 s. */
  readonly retryFirstMs?: number;
  readonly retryMostMs?: number;
  /** Waits; ends early with the signal. Tests put their own in. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface FollowerState {
  /** Last frame with a committed judgement that was handed on. */
  readonly judgedThrough: number;
  /** Frames accepted and not yet judged. */
  readonly lagFrames: number;
  readonly ruleSet: string;
  /** Why the last commit failed; absent once one has worked again. */
  readonly problem?: Fault;
}

export interface Follower {
  state(): FollowerState;
  /** Judges by these rules from the next frame on. */
  use(rules: RuleSet): void;
  /** Applies these exceptions from the next frame on. */
  except(exceptions: ExceptionSet): void;
  /** Commits what has been judged, unless the store fails, and ends. */
  close(): Promise<void>;
}

const READER = 'engine';

/** Finds the last judgement of the journal and goes on behind it. Throws only where the records cannot be asked. */
export async function startFollower(options: FollowerOptions): Promise<Follower> {
  const { journal, records, scope, bus } = options;
  const commits = createJudgementCommits(records, scope, bus);
  const last = await commits.last(journal.state().id);
  journal.register(READER, last?.toFrame ?? 0);
  return new JournalFollower(options, commits, last);
}

class JournalFollower implements Follower {
  readonly #options: FollowerOptions;
  readonly #commits: JudgementCommits;
  readonly #engine: Engine;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  #judgedThrough: number;
  #lastSeq: number;
  #committedAtMs = -Infinity;
  /** When the first frame of the batch was judged. */
  #begunAtMs = 0;
  #failures = 0;
  #problem: Fault | undefined;

  constructor(options: FollowerOptions, commits: JudgementCommits, last: Judgement | undefined) {
    this.#options = options;
    this.#commits = commits;
    this.#engine = new Engine(options);
    this.#judgedThrough = last?.toFrame ?? 0;
    this.#lastSeq = last?.lastSeq ?? 0;
    this.#done = this.#run();
  }

  state(): FollowerState {
    return {
      judgedThrough: this.#judgedThrough,
      lagFrames: Math.max(0, this.#options.journal.state().frame - this.#judgedThrough),
      ruleSet: this.#engine.rules.version,
      ...(this.#problem && { problem: this.#problem }),
    };
  }

  use(rules: RuleSet): void {
    this.#engine.use(rules);
  }

  except(exceptions: ExceptionSet): void {
    this.#engine.except(exceptions);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  /** From the last committed frame again and again, until closed: what was judged and not committed is judged anew. */
  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if ((await this.#follow()) === 'ended') return;
      } catch (error) {
        await this.#fail(error);
      }
    }
  }

  /** `ended` with the signal or the journal; `moved` where the row in the store goes elsewhere than ours. */
  async #follow(): Promise<'ended' | 'moved'> {
    const { journal, clock, batchEvents = 5_000, foldFrames = 1_000, foldMostMs = 2_000 } = this.#options;
    // A signal of its own: an iteration that waits for a frame can only be ended by it.
    const reading = new AbortController();
    const stop = (): void => reading.abort();
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    if (this.#stop.signal.aborted) stop();
    const frames = journal.follow(this.#judgedThrough + 1, reading.signal)[Symbol.asyncIterator]();
    const batch = new JudgementBatch(this.#options.groups);
    try {
      // What was judged and not committed has been fed to the correlations: they begin again with what stands.
      if (this.#engine.hasCorrelations)
        this.#engine.restore(await this.#commits.correlations(journal.state().id));
      let upcoming = frames.next();
      for (;;) {
        const result = await this.#nextOrPause(upcoming, batch);
        if (result === undefined || result.done === true) {
          const whole = await this.#flush(batch);
          if (result !== undefined) return 'ended';
          if (!whole) return 'moved';
          continue;
        }
        if (batch.frames === 0) this.#begunAtMs = clock.nowMs();
        await this.#judge(result.value, batch);
        upcoming = frames.next();
        // A failure of the journal is met when its turn comes, not as an unhandled rejection before.
        upcoming.catch(() => undefined);
        const behind = journal.state().frame > result.value.number;
        const full = batch.hasMatches
          ? !behind || batch.events >= batchEvents || batch.isLarge
          : batch.frames >= foldFrames || clock.nowMs() - this.#begunAtMs >= foldMostMs;
        if (full && !(await this.#flush(batch))) return 'moved';
      }
    } finally {
      this.#stop.signal.removeEventListener('abort', stop);
      stop();
      await frames.return?.();
    }
  }

  /** The next frame; undefined when what was judged has waited long enough for it. */
  async #nextOrPause(
    upcoming: Promise<IteratorResult<Frame>>,
    batch: JudgementBatch,
  ): Promise<IteratorResult<Frame> | undefined> {
    if (batch.frames === 0) return upcoming;
    const { clock, journal, foldMs = 500 } = this.#options;
    const behind = journal.state().frame > (batch.last?.toFrame ?? 0);
    const since = clock.nowMs() - this.#committedAtMs;
    // A clock that was set back must not make the row wait.
    const rest = since >= 0 && since < foldMs ? foldMs - since : 0;
    const over = new AbortController();
    // Behind, a frame comes at once, unless none of those left can be read.
    const pause = this.#wait(behind ? foldMs : rest, over.signal).then(() => undefined);
    try {
      return await Promise.race([upcoming, pause]);
    } finally {
      over.abort();
    }
  }

  async #judge(frame: Frame, batch: JudgementBatch): Promise<void> {
    const through = batch.last ?? { toFrame: this.#judgedThrough, lastSeq: this.#lastSeq };
    if (frame.number > through.toFrame + 1) {
      const missing = {
        journal: frame.journal,
        fromFrame: through.toFrame + 1,
        toFrame: frame.number - 1,
        firstSeq: through.lastSeq + 1,
        lastSeq: frame.firstSeq - 1,
      };
      const { judgement, rules } = this.#engine.judgeUnreadable(missing);
      await this.#flushIfOther(rules, batch);
      batch.add(judgement, rules);
    }
    const { judgement, rules } = await this.#engine.judge(frame, batch.groups);
    await this.#flushIfOther(rules, batch);
    batch.add(judgement, rules);
  }

  /** A batch lies under one set of rules. */
  async #flushIfOther(rules: RuleSet, batch: JudgementBatch): Promise<void> {
    if (batch.rules !== undefined && batch.rules.version !== rules.version && !(await this.#flush(batch)))
      throw new RowMovedError();
  }

  /** False where the row in the store goes elsewhere than ours: begin again behind it. */
  async #flush(batch: JudgementBatch): Promise<boolean> {
    if (batch.rules === undefined) return true;
    const { judgements } = batch;
    const committed = await this.#commits.commit(judgements, batch.rules);
    for (const judgement of committed) await this.#handOn(judgement);
    this.#committedAtMs = this.#options.clock.nowMs();
    this.#work();
    // Where another row stands, the correlations were fed otherwise than here.
    const whole =
      committed.at(-1)?.toFrame === judgements.at(-1)?.toFrame && this.#isFedAlike(committed, judgements);
    batch.clear();
    return whole;
  }

  #isFedAlike(committed: readonly Judgement[], made: readonly Judgement[]): boolean {
    return committed.every((judgement, at) => judgement === made[at] || !this.#engine.hasCorrelations);
  }

  async #handOn(judgement: Judgement): Promise<void> {
    const { onJudgement, bus, journal } = this.#options;
    await onJudgement(judgement);
    this.#judgedThrough = judgement.toFrame;
    this.#lastSeq = judgement.lastSeq;
    const matches = judgement.rules.reduce((sum, rule) => sum + rule.matches, 0);
    bus.emit('frame.judged', { journal: judgement.journal, frame: judgement.toFrame, matches });
    if (judgement.note !== undefined)
      bus.emit('loss.counted', {
        reason: 'frame_unjudged',
        count: judgement.lastSeq - judgement.firstSeq + 1 - judgement.events,
        of: 'events',
        detail: `frames ${judgement.fromFrame} to ${judgement.toFrame} of ${judgement.journal}: ${judgement.note}`,
      });
    for (const { rule, count } of judgement.correlation?.lost ?? [])
      bus.emit('loss.counted', {
        reason: 'correlation_full',
        count,
        of: 'events',
        detail: `correlation ${rule} had no room to remember them`,
      });
    await journal.release(READER, judgement.toFrame);
  }

  async #fail(error: unknown): Promise<void> {
    if (error instanceof RowMovedError) return;
    const reason = error instanceof Error ? error.message : String(error);
    const problem = error instanceof FaultError ? error.fault : fault('store_unavailable', { reason });
    const { bus, retryFirstMs = 250, retryMostMs = 30_000 } = this.#options;
    if (this.#problem === undefined)
      bus.emit('platform.reported', {
        state: 'judging_failing',
        detail: sentenceOf(problem),
        severity: 'high',
      });
    this.#problem = problem;
    await this.#wait(Math.min(retryMostMs, retryFirstMs * 2 ** this.#failures++), this.#stop.signal);
  }

  #work(): void {
    this.#failures = 0;
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#options.bus.emit('platform.reported', {
      state: 'judging_working',
      detail: 'judgements are committed again',
      severity: 'informational',
    });
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (this.#options.wait) return this.#options.wait(ms, signal);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}

/** The store holds another row behind the last commit: not a failure, only a new beginning. */
class RowMovedError extends Error {}
