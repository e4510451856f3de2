import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.js';
import { openControlSocket } from './control.js';
import { runOffline, restoreHome } from './offline.js';
import { buildTestApp } from './testing/build-app.js';

const folders: string[] = [];
const temporary = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fenghuo-home-'));
  folders.push(folder);
  return folder;
};
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));
const person = { name: 'ada', password: 'lantern-under-rain-9', roles: ['audit'] };

describe('operations without a server', () => {
  it('makes an account, backs it up, and restores it into an empty home alone', async () => {
    const config = readConfig({ FENGHUO_HOME: await temporary() });
    expect(await runOffline(config, 'user.add', person)).toMatchObject({ ok: true, value: { name: 'ada' } });
    const copy = join(await temporary(), 'copy');
    expect(await runOffline(config, 'backup', { folder: copy })).toMatchObject({ ok: true });
    expect(await runOffline(config, 'backup', { folder: copy })).toMatchObject({
      ok: false,
      fault: { code: 'folder_not_empty' },
    });
    expect(await restoreHome(config, copy)).toMatchObject({ ok: false, fault: { code: 'folder_not_empty' } });
    const other = readConfig({ FENGHUO_HOME: await temporary() });
    expect(await restoreHome(other, copy)).toMatchObject({ ok: true });
    expect(await runOffline(other, 'user.list', {})).toMatchObject({
      ok: true,
      value: { items: [{ name: 'ada' }] },
    });
  });

  it('leaves nothing to others, also in a home that others may enter', async () => {
    const config = readConfig({ FENGHUO_HOME: await temporary() });
    await chmod(config.home, 0o755);
    const copy = join(await temporary(), 'copy');
    await runOffline(config, 'user.add', person);
    await runOffline(config, 'backup', { folder: copy });
    for (const folder of [config.home, copy])
      for (const entry of await readdir(folder, { recursive: true }))
        expect((await stat(join(folder, entry))).mode & 0o077, entry).toBe(0);
  });

  it('refuses a backup that was changed, and leaves the home empty', async () => {
    const config = readConfig({ FENGHUO_HOME: await temporary() });
    const copy = join(await temporary(), 'copy');
    await runOffline(config, 'backup', { folder: copy });
    await writeFile(join(copy, 'records', 'records.db'), 'x');
    const other = readConfig({ FENGHUO_HOME: await temporary() });
    expect(await restoreHome(other, copy)).toMatchObject({ ok: false, fault: { code: 'backup_invalid' } });
    expect(await readdir(other.home)).not.toContain('records');
  });
});

describe('the control socket', () => {
  it('runs operations for whoever owns the home, audited as the machine', async () => {
    const app = await buildTestApp();
    const parts = {
      ...{ records: app.ground.records, identity: app.identity, nowMs: app.clock.nowMs },
      backup: () => Promise.reject(new Error('no backup here')),
      status: async () => ({ running: true }),
    };
    const socket = await openControlSocket(app.home, parts, app.ground.log);
    const ask = async (name: string, body: unknown) => {
      const answer = await new Promise<{ status: number; body: Record<string, unknown> }>(
        (resolve, reject) => {
          const sent = request(
            { socketPath: join(app.home, 'control.sock'), path: `/${name}`, method: 'POST' },
            (response) => {
              text(response).then(
                (all) =>
                  resolve({
                    status: response.statusCode ?? 0,
                    body: JSON.parse(all) as Record<string, unknown>,
                  }),
                reject,
              );
            },
          );
          sent.once('error', reject);
          sent.end(typeof body === 'string' ? body : JSON.stringify(body));
        },
      );
      return answer;
    };
    expect((await stat(join(app.home, 'control.sock'))).mode & 0o777).toBe(0o600);
    expect(await ask('user.add', person)).toMatchObject({ status: 200, body: { name: 'ada' } });
    expect(await ask('user.add', person)).toMatchObject({ status: 409, body: { code: 'exists' } });
    expect(await ask('key.add', { name: 'k', scopes: ['ingest'] })).toMatchObject({
      status: 200,
      body: { secret: expect.stringMatching(/^fh_/) },
    });
    expect(await ask('user.add', { name: 'x' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
    expect(await ask('shutdown', {})).toMatchObject({ status: 404 });
    expect(await ask('status', '{')).toMatchObject({ status: 400 });
    expect(await ask('backup', { folder: '/x' })).toMatchObject({ status: 500, body: { code: 'internal' } });
    await socket.stop();
  });
});
