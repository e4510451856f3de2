/** Both languages are complete: the same messages, the same placeholders, none empty, each in one place. */
import { describe, expect, it } from 'vitest';
import { areas, compiledAreas, messagesOf } from './messages.js';

const placeholders = (text: unknown) =>
  [...new Set([...JSON.stringify(text).matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort().join();

describe.each(areas)('messages of %s', (area) => {
  const chinese = messagesOf(area, 'zh-CN');
  const english = messagesOf(area, 'en');

  it('exist in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
    expect(chinese.size).toBeGreaterThan(0);
  });

  it('are never empty', () => {
    const empty = [...chinese, ...english].filter(([, text]) =>
      ['""', '[]', '{}'].includes(JSON.stringify(text)),
    );
    expect(empty).toEqual([]);
  });

  it('take the same placeholders', () => {
    const differing = [...chinese].filter(
      ([key, text]) => placeholders(text) !== placeholders(english.get(key) ?? ''),
    );
    expect(differing).toEqual([]);
  });
});

describe('areas', () => {
  it('are all compiled', () => expect([...compiledAreas].sort()).toEqual([...areas].sort()));

  it('share no message', () => {
    const seen = new Map<string, string>();
    const twice = areas.flatMap((area) =>
      [...messagesOf(area, 'en').keys()].filter((key) => {
        const before = seen.get(key);
        seen.set(key, area);
        return before !== undefined;
      }),
    );
    expect(twice).toEqual([]);
  });
});
