/** Both languages are complete: the same messages, the same placeholders, none empty. */
import { describe, expect, it } from 'vitest';
import en from './en.json' with { type: 'json' };
import zh from './zh-CN.json' with { type: 'json' };

const texts = (file: object) =>
  new Map(
    Object.entries(file)
      .filter(([key]) => key !== '$schema')
      .map(([key, value]) => [key, JSON.stringify(value)]),
  );
const placeholders = (text: string) =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]))].sort();

describe('messages', () => {
  const chinese = texts(zh);
  const english = texts(en);

  it('exist in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
    expect(chinese.size).toBeGreaterThan(0);
  });

  it('are never empty', () => {
    const empty = [...chinese, ...english].filter(
      ([, text]) => text === '""' || text === '[]' || text === '{}',
    );
    expect(empty).toEqual([]);
  });

  it('take the same placeholders', () => {
    const differing = [...chinese].filter(
      ([key, text]) => placeholders(text).join() !== placeholders(english.get(key) ?? '').join(),
    );
    expect(differing).toEqual([]);
  });
});
