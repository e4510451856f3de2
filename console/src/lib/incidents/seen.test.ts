import { expect, it } from 'vitest';
import type { ApiProblem } from '$lib/api/answer.js';
import { SeenIncident } from './seen.svelte.js';

const conflict: ApiProblem = { type: '', title: '', status: 409, code: 'conflict', remedy: '' };

function workOf() {
  return {
    incident: { id: 'inc_1', version: 3, stage: 'monitor' },
    timeline: [{ id: 'tl_1' }],
  };
}

it('names the version that was seen at the opening, though a newer one has been read since', async () => {
  const work = workOf();
  const seen = new SeenIncident(() => work as never);
  seen.open();
  work.incident = { ...work.incident, version: 4 };
  const sent: number[] = [];
  expect(await seen.send(async (version) => void sent.push(version))).toBeUndefined();
  expect(sent).toEqual([3]);
});

it('after a conflict shows what others did, and the next try names the newer version', async () => {
  const work = workOf();
  const seen = new SeenIncident(() => work as never);
  seen.open();
  const sent: number[] = [];
  const refused = await seen.send(async (version) => {
    sent.push(version);
    work.incident = { ...work.incident, version: 5, stage: 'warn' };
    work.timeline = [...work.timeline, { id: 'tl_2' }];
    return conflict;
  });
  expect(refused).toBe(conflict);
  expect(seen.overtaken).toBe(true);
  expect(seen.news.map(({ id }) => id)).toEqual(['tl_2']);
  await seen.send(async (version) => void sent.push(version));
  expect(sent).toEqual([3, 5]);
});

it('sends nothing while it is closed', async () => {
  const seen = new SeenIncident(() => workOf() as never);
  let sent = 0;
  await seen.send(async () => void (sent += 1));
  expect(sent).toBe(0);
});
