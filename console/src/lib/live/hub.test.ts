import { describe, expect, it } from 'vitest';
import { Hub, TAB_SILENCE_MS, type HubMessage, type Stream } from './hub.js';

class FakeStream implements Stream {
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  readonly listeners = new Map<string, (event: { data: string }) => void>();
  addEventListener(name: string, listener: (event: { data: string }) => void) {
    this.listeners.set(name, listener);
  }
  say(name: string, data: string) {
    this.listeners.get(name)?.({ data });
  }
  close() {
    this.closed = true;
  }
}

function setUp() {
  const streams: FakeStream[] = [];
  const waits: { ms: number; run: () => void; cancelled: boolean }[] = [];
  let now = 0;
  const hub = new Hub({
    open: () => {
      const stream = new FakeStream();
      streams.push(stream);
      return stream;
    },
    after: (ms, run) => {
      const wait = { ms, run, cancelled: false };
      waits.push(wait);
      return () => (wait.cancelled = true);
    },
    now: () => now,
  });
  const tab = () => {
    const heard: HubMessage[] = [];
    return { heard, send: (message: HubMessage) => void heard.push(message) };
  };
  return { hub, streams, waits, tab, pass: (ms: number) => (now += ms) };
}

const hint = { kind: 'alert.raised', id: 'alr_1' } as const;

describe('the hub', () => {
  it('opens one stream for many tabs and passes hints to all', () => {
    const { hub, streams, tab } = setUp();
    const [one, two] = [tab(), tab()];
    hub.join(one.send);
    streams[0]!.onopen?.();
    hub.join(two.send);
    expect(streams).toHaveLength(1);
    streams[0]!.say('hint', JSON.stringify(hint));
    expect(one.heard.at(-1)).toEqual({ type: 'hint', hint });
    expect(two.heard).toEqual([
      { type: 'state', state: 'live' },
      { type: 'hint', hint },
    ]);
  });

  it('tries again later and later, and then has the tabs read anew', () => {
    const { hub, streams, waits, tab } = setUp();
    const one = tab();
    hub.join(one.send);
    streams[0]!.onopen?.();
    streams[0]!.onerror?.();
    expect(one.heard.at(-1)).toEqual({ type: 'state', state: 'down' });
    waits[0]!.run();
    streams[1]!.onerror?.();
    expect(waits.map((wait) => wait.ms)).toEqual([1000, 2000]);
    waits[1]!.run();
    streams[2]!.onopen?.();
    expect(one.heard.slice(-2)).toEqual([{ type: 'state', state: 'live' }, { type: 'resync' }]);
    expect(streams.slice(0, 2).every((stream) => stream.closed)).toBe(true);
  });

  it('has the tabs read anew when the server lost the thread', () => {
    const { hub, streams, tab } = setUp();
    const one = tab();
    hub.join(one.send);
    streams[0]!.onopen?.();
    streams[0]!.say('reset', '');
    expect(one.heard.at(-1)).toEqual({ type: 'resync' });
  });

  it('closes when the last tab leaves, and waits for nothing', () => {
    const { hub, streams, waits, tab } = setUp();
    const one = tab();
    hub.join(one.send);
    streams[0]!.onerror?.();
    hub.leave(one.send);
    expect([streams[0]!.closed, waits[0]!.cancelled]).toEqual([true, true]);
  });

  it('forgets tabs that fell silent', () => {
    const { hub, streams, tab, pass } = setUp();
    const [gone, here] = [tab(), tab()];
    hub.join(gone.send);
    streams[0]!.onopen?.();
    hub.join(here.send);
    pass(TAB_SILENCE_MS + 1);
    hub.beat(here.send);
    streams[0]!.say('hint', JSON.stringify(hint));
    expect(gone.heard.some((message) => message.type === 'hint')).toBe(false);
    expect(here.heard.at(-1)).toEqual({ type: 'hint', hint });
  });

  it('passes over what is not a hint', () => {
    const { hub, streams, tab } = setUp();
    const one = tab();
    hub.join(one.send);
    for (const data of ['{', 'null', '{"id":1}']) streams[0]!.say('hint', data);
    expect(one.heard).toEqual([{ type: 'state', state: 'connecting' }]);
  });
});
