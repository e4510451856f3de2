import { describe, expect, it } from 'vitest';
import { RuleHunts } from './hunts.svelte.js';

function doorOf(states: readonly (readonly string[])[]) {
  const asked: string[] = [];
  let at = 0;
  const page = () => {
    const now = states[Math.min(at++, states.length - 1)] ?? [];
    return {
      items: now.map((state, id) => ({ id: String(id), progress: { state } })),
      total: now.length,
      next: null,
    };
  };
  const done = (value: unknown) => Promise.resolve({ ok: true as const, value });
  const door = {
    get: (path: string) => (asked.push(`GET ${path}`), done(page())),
    post: (path: string, body: unknown) => (asked.push(`POST ${path} ${JSON.stringify(body)}`), done({})),
    delete: (path: string) => (asked.push(`DELETE ${path}`), done(undefined)),
  };
  return { door: door as never, asked };
}

describe('retro-hunts of a rule', () => {
  it('are read again while one runs, and not after', async () => {
    const { door, asked } = doorOf([['running'], ['running'], ['done']]);
    const hunts = new RuleHunts(door, () => Promise.resolve());
    await hunts.follow('a/b');
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'GET /rules/a%2Fb/hunts'));
    expect([hunts.running, hunts.items.length]).toEqual([undefined, 1]);
  });

  it('are begun over days up to now, and ended', async () => {
    const { door, asked } = doorOf([[], ['running'], ['cancelled']]);
    const hunts = new RuleHunts(door, () => new Promise(() => undefined));
    await hunts.follow('r');
    await hunts.start(30);
    await hunts.end('h');
    expect(asked.filter((one) => !one.startsWith('GET'))).toEqual([
      'POST /rules/r/hunts {"from":"now-30d"}',
      'DELETE /hunts/h',
    ]);
  });

  it('are left alone once nobody looks', async () => {
    const { door, asked } = doorOf([['running']]);
    let go: () => void = () => undefined;
    const hunts = new RuleHunts(door, () => new Promise((resolve) => (go = resolve)));
    const following = hunts.follow('r');
    await new Promise((resolve) => setImmediate(resolve));
    hunts.stop();
    go();
    await following;
    expect(asked).toHaveLength(1);
  });
});
