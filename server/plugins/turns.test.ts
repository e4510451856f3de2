import { describe, expect, it } from 'vitest';
import { buildTestApp } from '../testing/build-app.js';
import { makeUser, signedIn } from '../testing/principals.js';
import { AT_ONCE, createTurns, MOST_WAITING } from './turns.js';

const never = () => new AbortController().signal;

describe('turns', () => {
  it('lets two of one person through; the next waits until one ends, whoever else comes', async () => {
    const turns = createTurns();
    const [first] = await Promise.all([turns.take('a', never()), turns.take('a', never())]);
    const order: string[] = [];
    const third = turns.take('a', never()).then(() => order.push('a'));
    await turns.take('b', never()).then(() => order.push('b'));
    expect(order).toEqual(['b']);
    if (first) first();
    await third;
    expect(order).toEqual(['b', 'a']);
  });

  it('counts an end once', async () => {
    const turns = createTurns();
    const ends = [await turns.take('a', never()), await turns.take('a', never())];
    const waiting = [turns.take('a', never()), turns.take('a', never())];
    const [first] = ends;
    if (first) for (let n = 0; n < 3; n += 1) first();
    await waiting[0];
    const second = await Promise.race([waiting[1]?.then(() => 'through'), Promise.resolve('waits')]);
    expect(second).toBe('waits');
  });

  it('gives up the place of who breaks off while waiting', async () => {
    const turns = createTurns();
    const [first] = await Promise.all([turns.take('a', never()), turns.take('a', never())]);
    const leaving = new AbortController();
    const gone = turns.take('a', leaving.signal);
    const next = turns.take('a', never());
    leaving.abort();
    await expect(gone).rejects.toThrow();
    if (first) first();
    expect(await next).toBeTypeOf('function');
  });

  it('turns away where too many wait', async () => {
    const turns = createTurns();
    for (let n = 0; n < AT_ONCE + MOST_WAITING; n += 1) void turns.take('a', never());
    expect(await turns.take('a', never())).toBe(false);
    expect(await turns.take('b', never())).toBeTypeOf('function');
  });
});

it('ends a turn with its answer, good or bad, and with a reader who breaks off', async () => {
  const app = await buildTestApp();
  const headers = await signedIn(app, await makeUser(app, ['analyst']));
  const url = (query: string) => `/api/v1/events/search?q=${encodeURIComponent(query)}`;
  for (let n = 0; n < AT_ONCE * 2; n += 1) {
    expect((await app.server.inject({ url: url('message: x'), headers })).statusCode).toBe(200);
    expect((await app.server.inject({ url: url('('), headers })).statusCode).toBe(400);
  }
  const base = await app.server.listen({ host: '127.0.0.1', port: 0 });
  for (let n = 0; n < AT_ONCE * 2; n += 1) {
    const breaking = new AbortController();
    const asked = fetch(base + url('message: x'), { headers, signal: breaking.signal });
    breaking.abort();
    await expect(asked).rejects.toThrow();
  }
  expect((await fetch(base + url('message: x'), { headers })).status).toBe(200);
});
