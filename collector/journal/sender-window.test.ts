/** The window remembers at least as many identifiers as it promises, and the identifiers' forms agree. */
import { describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { base32Of } from '#kernel/base32.js';
import { digestOf, identifiedEventId, KEY_BYTES, keyOfBase32, writeKey } from './identity.js';
import { SenderWindow } from './sender-window.js';

function key(text: string): Buffer {
  const bytes = Buffer.alloc(KEY_BYTES);
  writeKey(digestOf(text), bytes, 0);
  return bytes;
}

describe('identifiers', () => {
  it('are the first 130 bits of SHA-256 in Crockford base 32', () => {
    const bits = BigInt(`0x${createHash('sha256').update('logs-1/abc').digest('hex')}`) >> 126n;
    let expected = '';
    for (let index = 25; index >= 0; index--)
      expected += '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[Number((bits >> BigInt(index * 5)) & 31n)];
    expect(identifiedEventId(digestOf('logs-1/abc'))).toBe(`evt_${expected}`);
  });

  it('lead back to the key', () => {
    for (const text of ['', 'a', '日志/1', 'x'.repeat(1000)])
      expect(keyOfBase32(base32Of(digestOf(text)))).toEqual(key(text));
    expect(keyOfBase32('not ours')).toBeUndefined();
  });
});

describe('SenderWindow', () => {
  it('remembers the last ones up to its capacity and forgets those beyond twice of it', () => {
    const window = new SenderWindow(1000);
    for (let index = 0; index < 5500; index++) window.add(key(`k${index}`));
    for (let index = 4500; index < 5500; index++) expect(window.has(key(`k${index}`))).toBe(true);
    for (let index = 0; index < 3500; index++) expect(window.has(key(`k${index}`))).toBe(false);
    expect(window.has(key('other'))).toBe(false);
  });

  it('keeps apart keys that fall into the same slot', () => {
    const window = new SenderWindow(10);
    const same = (last: number): Buffer => Buffer.from([1, 0, 0, 0xff, ...Array<number>(11).fill(0), last]);
    for (let index = 0; index < 10; index++) window.add(same(index));
    for (let index = 0; index < 10; index++) expect(window.has(same(index))).toBe(true);
    expect(window.has(same(11))).toBe(false);
  });
});
