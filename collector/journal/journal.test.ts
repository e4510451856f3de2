/** The journal in good weather: frames, sequences, duplicates, readers, back-pressure. */
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { utcDay, type Frame } from '#kernel/event.js';
import { accept, framesOf, journalBench, messagesOf, newEvent, NOON, type Bench } from './journal.fixture.js';

let bench: Bench;
beforeEach(async () => {
  bench = await journalBench();
});
afterEach(() => bench.remove());

const segments = async (): Promise<string[]> =>
  (await readdir(bench.folder)).filter((name) => name.endsWith('.seg'));

describe('append', () => {
  it('numbers frames and events from 1 without gaps, also over a restart', async () => {
    const journal = await bench.open();
    await accept(journal, newEvent('a'), newEvent('b'));
    await accept(journal, newEvent('c'));
    await journal.close();
    const again = await bench.open();
    expect(again.state()).toMatchObject({ frame: 2, seq: 3, oldestFrame: 1, id: journal.state().id });
    const [accepted] = await accept(again, newEvent('d'));
    expect(accepted).toMatchObject({ duplicate: false, seq: 4 });
    const frames = await framesOf(again);
    expect(frames.map((frame) => [frame.number, frame.firstSeq, frame.events.length])).toEqual([
      [1, 1, 2],
      [2, 3, 1],
      [3, 4, 1],
    ]);
    expect(messagesOf(frames)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('reads from disk exactly what it handed out from memory', async () => {
    const journal = await bench.open();
    await accept(journal, newEvent('one\nline "two" \u0000 \ud83d\ude00 \ud800'), newEvent('x', 'my-id'));
    const recent = await framesOf(journal);
    await journal.close();
    expect(await framesOf(await bench.open())).toEqual(recent);
  });

  it('puts what is appended while a sync is under way into one frame', async () => {
    const journal = await bench.open();
    await Promise.all(Array.from({ length: 50 }, (_, index) => accept(journal, newEvent(String(index)))));
    const frames = await framesOf(journal);
    expect(frames).toHaveLength(1);
    expect(messagesOf(frames)).toEqual(Array.from({ length: 50 }, (_, index) => String(index)));
  });

  it('cuts a large append into several frames, in order', async () => {
    const journal = await bench.open({ frameEvents: 4 });
    await accept(journal, ...Array.from({ length: 10 }, (_, index) => newEvent(String(index))));
    const frames = await framesOf(journal);
    expect(frames.map((frame) => frame.events.length)).toEqual([4, 4, 2]);
    expect(frames.map((frame) => frame.firstSeq)).toEqual([1, 5, 9]);
  });

  it('keeps an event larger than a frame', async () => {
    const journal = await bench.open({ frameBytes: 100 });
    await accept(journal, newEvent('a'), newEvent('x'.repeat(3_000_000)), newEvent('b'));
    expect((await framesOf(journal)).map((frame) => frame.events.length)).toEqual([1, 1, 1]);
  });

  it('never lets a frame span two ingest days', async () => {
    const journal = await bench.open();
    const appends = [accept(journal, newEvent('before'))];
    bench.clock.ms = NOON + 86_400_000;
    appends.push(accept(journal, newEvent('after')));
    await Promise.all(appends);
    for (const frame of await framesOf(journal))
      expect(new Set(frame.events.map((event) => utcDay(event.ingestedMs)))).toEqual(
        new Set([utcDay(frame.ingestedMs)]),
      );
  });

  it('answers a closed journal with a fault', async () => {
    const journal = await bench.open();
    await journal.close();
    expect(await journal.append([newEvent('a')])).toMatchObject({
      ok: false,
      fault: { code: 'store_unavailable' },
    });
  });
});

describe('duplicates', () => {
  it('keeps one event for one sender identifier', async () => {
    const journal = await bench.open();
    const [first] = await accept(journal, newEvent('a', 'k1'));
    const [, second] = await accept(journal, newEvent('b', 'k2'), newEvent('a again', 'k1'));
    expect(second).toEqual({ id: first?.id, duplicate: true, seq: 0 });
    expect(messagesOf(await framesOf(journal))).toEqual(['a', 'b']);
  });

  it('also within one append and between two that come together', async () => {
    const journal = await bench.open();
    const answers = await Promise.all([
      accept(journal, newEvent('a', 'k'), newEvent('a', 'k')),
      accept(journal, newEvent('a', 'k')),
    ]);
    expect(answers.flat().map((answer) => answer.duplicate)).toEqual([false, true, true]);
    expect(new Set(answers.flat().map((answer) => answer.id)).size).toBe(1);
    expect(messagesOf(await framesOf(journal))).toEqual(['a']);
  });

  it('answers an append of duplicates alone without writing', async () => {
    const journal = await bench.open();
    await accept(journal, newEvent('a', 'k'));
    await accept(journal, newEvent('a', 'k'));
    expect(journal.state().frame).toBe(1);
  });

  it('knows them after a restart, also from segments that were deleted', async () => {
    const journal = await bench.open({ segmentBytes: 200 });
    journal.register('reader', 0);
    for (let index = 0; index < 20; index++) await accept(journal, newEvent('x', `k${index}`));
    await journal.release('reader', 20);
    await journal.close();
    expect(await segments()).toHaveLength(1);
    const again = await bench.open({ segmentBytes: 200 });
    for (let index = 0; index < 20; index++) {
      const [answer] = await accept(again, newEvent('x', `k${index}`));
      expect(answer?.duplicate, `k${index}`).toBe(true);
    }
  });

  it('knows them after a restart when the log of senders is gone, from the segments left', async () => {
    const journal = await bench.open({ segmentBytes: 200 });
    for (let index = 0; index < 8; index++) await accept(journal, newEvent('x', `k${index}`));
    await journal.close();
    const { rm } = await import('node:fs/promises');
    await rm(`${bench.folder}/senders.log`);
    const again = await bench.open({ segmentBytes: 200 });
    for (let index = 0; index < 8; index++) {
      const [answer] = await accept(again, newEvent('x', `k${index}`));
      expect(answer?.duplicate, `k${index}`).toBe(true);
    }
  });
});

describe('follow', () => {
  it('waits for frames to come and ends with the signal', async () => {
    const journal = await bench.open();
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const frame of journal.follow(1, stop.signal)) {
        seen.push(...messagesOf([frame]));
        if (seen.length === 3) stop.abort();
      }
    })();
    await accept(journal, newEvent('a'));
    await accept(journal, newEvent('b'));
    await accept(journal, newEvent('c'));
    await reading;
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('ends when the journal is closed', async () => {
    const journal = await bench.open();
    const reading = (async () => {
      const seen: Frame[] = [];
      for await (const frame of journal.follow(1, new AbortController().signal)) seen.push(frame);
      return seen;
    })();
    await journal.close();
    expect(await reading).toEqual([]);
  });

  it('reads old frames from disk while new ones come, over segments, each once and in order', async () => {
    const journal = await bench.open({ segmentBytes: 1000, ringBytes: 700 });
    for (let index = 0; index < 30; index++) await accept(journal, newEvent(String(index)));
    const stop = new AbortController();
    const seen: number[] = [];
    let written = 30;
    for await (const frame of journal.follow(1, stop.signal)) {
      seen.push(frame.number);
      if (written < 60) await accept(journal, newEvent(String(written++)));
      if (frame.number === 60) stop.abort();
    }
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  it('lets two readers go at their own pace', async () => {
    const journal = await bench.open({ ringBytes: 0 });
    for (let index = 0; index < 5; index++) await accept(journal, newEvent(String(index)));
    const stop = new AbortController();
    const slow = journal.follow(1, stop.signal)[Symbol.asyncIterator]();
    await slow.next();
    expect(messagesOf(await framesOf(journal))).toHaveLength(5);
    expect((await slow.next()).value).toMatchObject({ number: 2 });
    stop.abort();
  });

  it('reads one frame by its number', async () => {
    const journal = await bench.open({ ringBytes: 0, segmentBytes: 500 });
    for (let index = 1; index <= 20; index++) await accept(journal, newEvent(String(index)));
    for (const number of [1, 7, 20]) {
      const frame = await journal.read(number);
      expect(frame && messagesOf([frame])).toEqual([String(number)]);
    }
    expect(await journal.read(21)).toBeUndefined();
  });
});

describe('release', () => {
  it('deletes whole segments that every reader has passed', async () => {
    const journal = await bench.open({ segmentBytes: 200, readers: ['store', 'engine'] });
    for (let index = 0; index < 10; index++) await accept(journal, newEvent(String(index)));
    await journal.release('store', 10);
    expect(journal.state().oldestFrame).toBe(1);
    await journal.release('engine', 6);
    // Deleting waits for the senders of the segment to be in their log.
    await expect.poll(() => journal.state().oldestFrame).toBeGreaterThan(5);
    expect(journal.state().oldestFrame).toBeLessThanOrEqual(7);
    expect(messagesOf(await framesOf(journal, 7))).toEqual(['6', '7', '8', '9']);
    expect(await journal.read(1)).toBeUndefined();
  });

  it('refuses appends while readers are too far behind, and takes them again afterwards', async () => {
    const journal = await bench.open({ maxUnreleasedBytes: 100_000, readers: ['store'] });
    const big = newEvent('x'.repeat(30_000));
    let kept = 0;
    let answer = await journal.append([big]);
    while (answer.ok) {
      kept++;
      answer = await journal.append([big]);
    }
    expect(answer.fault.code).toBe('journal_full');
    expect(kept).toBe(3);
    expect(journal.state().frame).toBe(kept);
    await journal.release('store', kept);
    expect((await journal.append([big])).ok).toBe(true);
  });

  it('does not use numbers again that a reader has seen', async () => {
    const journal = await bench.open();
    await accept(journal, newEvent('a'));
    journal.register('store', 4);
    const [answer] = await accept(journal, newEvent('b'));
    expect(journal.state().frame).toBe(5);
    expect(answer?.seq).toBeGreaterThan(3 * 5000);
    expect((await framesOf(journal)).map((frame) => frame.number)).toEqual([1, 5]);
  });
});
