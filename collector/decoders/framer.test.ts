/** Framing, whole and in any cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFramer, SyslogFramer, type Framer } from './framer.js';

function frames(framer: Framer, ...chunks: (string | Buffer)[]): string[] {
  const messages = chunks.flatMap((chunk) => framer.push(Buffer.from(chunk)));
  const rest = framer.end();
  return [...messages, ...(rest ? [rest] : [])].map(
    ({ bytes, cutFrom }) => bytes.toString() + (cutFrom === undefined ? '' : `|${cutFrom}`),
  );
}

describe('syslog framing of RFC 6587', () => {
  it.each<[string, string[], string[]]>([
    ['LF', ['<1>a\n<1>b\n'], ['<1>a', '<1>b']],
    ['CR LF and NUL', ['<1>a\r\n<1>b\0\n'], ['<1>a', '<1>b']],
    ['octets', ['4 <1>a4 <1>b'], ['<1>a', '<1>b']],
    ['octets that hold line ends', ['9 <1>a\nbcd\n'], ['<1>a\nbcd']],
    ['octets with a line end after each', ['4 <1>a\n4 <1>b\n'], ['<1>a', '<1>b']],
    ['octets that count a line end', ['5 <1>a\n5 <1>b\n'], ['<1>a', '<1>b']],
    ['mixed', ['4 <1>a<1>b\n4 <1>c'], ['<1>a', '<1>b', '<1>c']],
    ['digits that are no length', ['2026-11-22 boot\n12\n7'], ['2026-11-22 boot', '12', '7']],
    ['a length cut by chunks', ['1', '2 <1>Nov', ' 22 ab', '4 <1>b'], ['<1>Nov 22 ab', '<1>b']],
    ['a zero is no length', ['0 x\n'], ['0 x']],
    ['more digits than a length has', ['1234567890123 x\n'], ['1234567890123 x']],
    ['an unfinished message at the end', ['9 <1>a'], ['<1>a']],
    ['nothing but line ends', ['\n\n\r\n'], []],
    [
      'a message longer than the limit',
      [`30 <1>${'a'.repeat(27)}4 <1>b`],
      [`<1>${'a'.repeat(17)}|30`, '<1>b'],
    ],
    ['a line longer than the limit', [`<1>${'a'.repeat(27)}\n<1>b\n`], [`<1>${'a'.repeat(17)}|30`, '<1>b']],
  ])('%s', (_name, chunks, expected) => {
    expect(frames(new SyslogFramer(20), ...chunks)).toEqual(expected);
  });

  it('gives the same messages however the stream is cut', () => {
    const message = fc
      .string({ minLength: 1, maxLength: 40 })
      .map((text) => `<13>${text.replace(/[\n\r\0]/g, '_')}`);
    const framed = fc.tuple(message, fc.boolean()).map(([text, octets]) => ({
      text,
      wire: octets ? `${Buffer.byteLength(text)} ${text}` : `${text}\n`,
    }));
    fc.assert(
      fc.property(
        fc.array(framed, { maxLength: 12 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 25 })),
        (list, sizes) => {
          const wire = Buffer.from(list.map((item) => item.wire).join(''));
          const chunks: Buffer[] = [];
          for (let at = 0; at < wire.length;) {
            const size = sizes.next().value as number;
            chunks.push(wire.subarray(at, at + size));
            at += size;
          }
          expect(frames(new SyslogFramer(1_000), ...chunks)).toEqual(list.map((item) => item.text));
        },
      ),
    );
  });

  it('never holds more than the limit, whatever it is sent', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const framer = new SyslogFramer(32);
        const messages = chunks.flatMap((chunk) => framer.push(Buffer.from(chunk)));
        expect(messages.every(({ bytes }) => bytes.length <= 32)).toBe(true);
        expect(framer.end()?.bytes.length ?? 0).toBeLessThanOrEqual(32);
      }),
    );
  });
});

describe('lines', () => {
  it.each<[string, string[], string[]]>([
    ['over chunks', ['on', 'e\r', '\ntw', 'o\n\nthree'], ['one', 'two', 'three']],
    ['longer than the limit', ['abcdefghij', 'klmnopqrstuvwxyz\nx\n'], ['abcdefghijklmnopqrst|26', 'x']],
  ])('%s', (_name, chunks, expected) => {
    expect(frames(new LineFramer(20), ...chunks)).toEqual(expected);
  });

  it('knows where each line begins, over chunks, empty and cut lines', () => {
    const framer = new LineFramer(4, 100);
    const lines = ['on', 'e\n\ntoo long\r', '\nx\nrest'].flatMap((chunk) => framer.push(Buffer.from(chunk)));
    expect([...lines, framer.end()].map((line) => line?.offset)).toEqual([100, 105, 115, 117]);
  });

  it('knows how much of its input is unfinished', () => {
    const framer = new LineFramer(4);
    framer.push(Buffer.from('one\nunfinished'));
    expect(framer.pendingBytes).toBe(10);
  });
});
