import { describe, expect, it } from 'vitest';
import { createShortMemory } from './short-memory.js';

const clock = { ms: 1_000, nowMs: () => clock.ms };

function memory(most = 10) {
  const reads: string[] = [];
  const kept = createShortMemory<string>(clock, { ms: 100, most });
  const read = (id: string, value: string | undefined = id) =>
    kept.read(id, async () => {
      reads.push(id);
      return value;
    });
  return { kept, read, reads };
}

describe('what was read a moment ago', () => {
  it('is not read again before its time, and then is', async () => {
    const { read, reads } = memory();
    await read('a');
    clock.ms += 99;
    expect(await read('a')).toBe('a');
    expect(reads).toEqual(['a']);
    clock.ms += 1;
    await read('a');
    expect(reads).toEqual(['a', 'a']);
  });

  it('is read again once the clock was set back', async () => {
    const { read, reads } = memory();
    await read('a');
    clock.ms -= 1;
    await read('a');
    expect(reads).toEqual(['a', 'a']);
  });

  it('is not kept where there was nothing', async () => {
    const { read, kept } = memory();
    await kept.read('a', async () => undefined);
    expect(await read('a')).toBe('a');
  });

  it('gives way to the newest', async () => {
    const { read, reads } = memory(2);
    for (const id of ['a', 'b', 'c', 'c', 'b', 'a']) await read(id);
    expect(reads).toEqual(['a', 'b', 'c', 'a']);
  });

  it('is forgotten by id or by what it is', async () => {
    const { kept, read, reads } = memory();
    for (const id of ['a', 'b', 'c']) await read(id);
    kept.forget('a');
    kept.forget((value) => value === 'b');
    for (const id of ['a', 'b', 'c']) await read(id);
    expect(reads).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('is not kept where something was forgotten while it was read: it may be of before the change', async () => {
    const { kept, read } = memory();
    let arrive: (value: string) => void = () => undefined;
    const slow = kept.read('a', () => new Promise<string>((resolve) => (arrive = resolve)));
    kept.forget('a');
    arrive('old');
    expect(await slow).toBe('old');
    expect(await read('a', 'new')).toBe('new');
  });
});
