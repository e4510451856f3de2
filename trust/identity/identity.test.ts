import { beforeEach, describe, expect, it } from 'vitest';
import { ALL } from '#kernel/query/ast.js';
import { createMemoryRecordStore } from '#store/memory/record-store.js';
import { testScope } from '#test/scope.js';
import type { User } from '#kernel/schema/account.js';
import type { Role } from '#kernel/vocabulary.js';
import { authorize, authorizeSystem, type Grant } from '../access/authorize.js';
import { openAuditLog } from '../audit/audit-log.js';
import { verifyEntries } from '../audit/verify.js';
import { createIdentifiers } from '../crypto/identifiers.js';
import type { NewAccount } from './accounts.js';
import { createIdentity, type Identity } from './identity.js';
import { ABSOLUTE_LIMIT_MS, IDLE_LIMIT_MS } from './sessions.js';
import { lockDelayMs } from './sign-in.js';

const GOOD = 'harbour lantern 47';
const CLIENT = { address: '192.0.2.5', agent: 'test' };
const everything = testScope({ realm: '*' });
const machinery = authorizeSystem('test');

async function world() {
  const clock = {
    ms: Date.UTC(2026, 0, 1),
    nowMs() {
      return this.ms;
    },
  };
  const records = createMemoryRecordStore();
  const audit = await openAuditLog({ records, clock, node: 'n1' });
  const identity: Identity = createIdentity({ records, audit, clock, ids: createIdentifiers(clock) });
  const entries = async () =>
    (
      await records.search(everything, 'audit', {
        query: ALL,
        limit: 1000,
        sort: { path: 'index', order: 'asc' },
      })
    ).items.map(({ value }) => value);
  return { clock, records, identity, entries, audit };
}

const account = (change: Partial<NewAccount> = {}): NewAccount => ({
  name: 'lin',
  displayName: 'Lin',
  password: GOOD,
  roles: ['analyst'],
  units: ['/cn/gd'],
  realms: ['live'],
  ceiling: 2,
  ...change,
});

let w: Awaited<ReturnType<typeof world>>;
beforeEach(async () => {
  w = await world();
});

async function made(change: Partial<NewAccount> = {}) {
  const result = await w.identity.accounts.create(machinery, account(change));
  if (!result.ok) throw new Error(result.fault.code);
  return result.value;
}

async function grantOf(roles: Role[], units = ['/cn/gd']): Promise<Grant> {
  const { value: user } = await made({ name: `by-${roles.join('-')}`, roles, units });
  const grant = authorize({ kind: 'user', user }, null, { realm: 'live' });
  if (!grant.ok) throw new Error('refused');
  return grant.value;
}

const code = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code);

describe('accounts', () => {
  it('keeps an argon2id hash with the OWASP parameters, and no password anywhere', async () => {
    const { value } = await made();
    expect(value.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(JSON.stringify(await w.entries())).not.toContain(GOOD);
  });

  it('has each name once, regardless of case and width, also for two at once', async () => {
    const both = await Promise.all(
      ['Lin', 'lin'].map((name) => w.identity.accounts.create(machinery, account({ name }))),
    );
    expect(both.map(code).sort()).toEqual(['exists', 'ok']);
    expect(code(await w.identity.accounts.create(machinery, account({ name: 'ＬＩＮ' })))).toBe('exists');
    expect((await w.identity.accounts.byName('LIN'))?.value.displayName).toBe('Lin');
  });

  const REFUSED: readonly [string, Partial<NewAccount>, string][] = [
    ['weak password', { password: 'short' }, 'password_weak'],
    ['administrators kept apart', { roles: ['system', 'audit'] }, 'roles_conflict'],
    ['no unit path', { units: ['cn'] }, 'invalid_unit'],
    ['no unit', { units: [] }, 'invalid_request'],
    ['unit beyond the maker', { units: ['/cn'] }, 'not_permitted'],
    ['ceiling beyond the maker', { ceiling: 3 }, 'not_permitted'],
  ];
  for (const [name, change, expected] of REFUSED)
    it(`refuses: ${name}`, async () => {
      const by = await grantOf(['system']);
      expect(code(await w.identity.accounts.create(by, account(change)))).toBe(expected);
    });

  it('changes only what is of the newest version and within reach', async () => {
    const { value } = await made();
    const { change } = w.identity.accounts;
    const elsewhere = await grantOf(['system'], ['/cn/hn']);
    expect(code(await change(elsewhere, value.id, 1, { displayName: 'x' }))).toBe('not_found');
    expect(code(await change(machinery, value.id, 7, { displayName: 'x' }))).toBe('conflict');
    expect(code(await change(machinery, value.id, 1, { roles: ['audit', 'lead'] }))).toBe('roles_conflict');
    const done = await change(machinery, value.id, 1, { roles: ['lead'], displayName: 'Lin Wei' });
    expect(done).toMatchObject({ ok: true, value: { version: 2, value: { roles: ['lead'] } } });
    expect((await w.entries()).at(-1)).toMatchObject({
      action: 'user.changed',
      detail: { roles: 'lead', displayName: 'Lin Wei' },
    });
  });

  it('never loses the last enabled system administrator, also to two changes at once', async () => {
    const [a, b] = [
      await made({ name: 'a1', roles: ['system'] }),
      await made({ name: 'b1', roles: ['system'] }),
    ];
    const { change } = w.identity.accounts;
    const both = await Promise.all([
      change(machinery, a.value.id, 1, { enabled: false }),
      change(machinery, b.value.id, 1, { roles: ['viewer'] }),
    ]);
    expect(both.map(code)).toEqual(['ok', 'last_administrator']);
  });

  it('resets a lost account by its name: enabled, unlocked, all sessions ended', async () => {
    const { value } = await made();
    const { token } = await w.identity.sessions.open(value, CLIENT);
    await w.identity.accounts.change(machinery, value.id, 1, { enabled: false });
    expect(code(await w.identity.accounts.reset(machinery, 'nobody', GOOD))).toBe('not_found');
    expect(code(await w.identity.accounts.reset(machinery, 'LIN', 'another good phrase'))).toBe('ok');
    expect(await w.identity.sessions.find(token)).toBeUndefined();
    expect(code(await w.identity.signIn({ name: 'lin', password: 'another good phrase' }, CLIENT))).toBe(
      'ok',
    );
  });

  it('lets people change their own password, and ends their other sessions', async () => {
    const { value } = await made();
    const [here, there] = [
      await w.identity.sessions.open(value, CLIENT),
      await w.identity.sessions.open(value, CLIENT),
    ];
    const grant = authorize({ kind: 'user', user: value }, null, { realm: 'live' });
    if (!grant.ok) throw new Error('refused');
    const { changePassword } = w.identity.accounts;
    expect(code(await changePassword(grant.value, 'wrong', 'new lantern phrase'))).toBe('bad_credentials');
    expect((await w.entries()).at(-1)).toMatchObject({ action: 'user.password_refused', result: 'refused' });
    expect(code(await changePassword(grant.value, GOOD, 'lin lin lin lin'))).toBe('password_weak');
    expect(code(await changePassword(grant.value, GOOD, 'new lantern phrase', here.session.id))).toBe('ok');
    expect(await w.identity.sessions.find(here.token)).toBeDefined();
    expect(await w.identity.sessions.find(there.token)).toBeUndefined();
  });
});

describe('sign-in', () => {
  it('opens a session, ends the one before, and audits both ways', async () => {
    await made();
    const first = await w.identity.signIn({ name: 'LIN', password: GOOD }, CLIENT);
    if (!first.ok) throw new Error(first.fault.code);
    const second = await w.identity.signIn({ name: 'lin', password: GOOD }, CLIENT, first.value.token);
    if (!second.ok) throw new Error(second.fault.code);
    expect(second.value.token).not.toBe(first.value.token);
    expect(await w.identity.sessions.find(first.value.token)).toBeUndefined();
    expect(await w.identity.sessions.find(second.value.token)).toMatchObject({ user: { name: 'lin' } });
    await w.identity.signIn({ name: 'lin', password: 'no' }, CLIENT);
    await w.identity.signIn({ name: 'nobody', password: 'no' }, CLIENT);
    const entries = await w.entries();
    expect(entries.map(({ action }) => action)).toEqual([
      'user.created',
      'session.opened',
      'session.opened',
      'session.refused',
      'session.refused',
    ]);
    expect(verifyEntries(entries, { from: 0 })).toEqual({ checked: 5, problems: [] });
  });

  it('stores no token', async () => {
    const { value } = await made();
    const { token, session } = await w.identity.sessions.open(value, CLIENT);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(JSON.stringify([session, await w.entries()])).not.toContain(token);
  });

  for (const name of ['lin', 'nobody'])
    it(`delays more and more after failures, for \`${name}\` alike`, async () => {
      await made();
      const attempt = (password = 'wrong') => w.identity.signIn({ name, password }, CLIENT);
      // All at once: none slips past the count.
      const first = await Promise.all(Array.from({ length: 8 }, () => attempt()));
      expect(first.map(code)).toEqual([
        ...Array(5).fill('bad_credentials'),
        ...Array(3).fill('too_many_requests'),
      ]);
      expect(first[5]).toMatchObject({ fault: { data: { seconds: 5 } } });
      expect(code(await attempt(GOOD))).toBe('too_many_requests');
      w.clock.ms += 5_000;
      expect(code(await attempt())).toBe('bad_credentials');
      w.clock.ms += 9_999;
      expect(code(await attempt(GOOD))).toBe('too_many_requests');
      w.clock.ms += 1;
      expect(code(await attempt(GOOD))).toBe(name === 'lin' ? 'ok' : 'bad_credentials');
    });

  it('forgets the failures after a success', async () => {
    await made();
    for (let i = 0; i < 4; i += 1) await w.identity.signIn({ name: 'lin', password: 'x' }, CLIENT);
    await w.identity.signIn({ name: 'lin', password: GOOD }, CLIENT);
    expect((await w.identity.accounts.byName('lin'))?.value).toMatchObject({ failedLogins: 0 });
  });

  it('is not locked where its owner is known, however often somebody guesses elsewhere', async () => {
    await made();
    const attempt = (password: string, address: string) =>
      w.identity.signIn({ name: 'lin', password }, { ...CLIENT, address });
    expect(code(await attempt(GOOD, '192.0.2.5'))).toBe('ok');
    for (let i = 0; i < 12; i += 1) {
      await attempt('x', '203.0.113.9');
      w.clock.ms += 60_000;
    }
    expect(code(await attempt(GOOD, '203.0.113.10'))).toBe('too_many_requests');
    expect(code(await attempt(GOOD, '192.0.2.5'))).toBe('ok');
    // Guessing there is slowed down just the same.
    for (let i = 0; i < 5; i += 1) expect(code(await attempt('x', '192.0.2.5'))).toBe('bad_credentials');
    expect(code(await attempt(GOOD, '192.0.2.5'))).toBe('too_many_requests');
    // Until the password is another.
    const other = 'harbour lantern 48';
    await w.identity.accounts.reset(machinery, 'lin', other);
    expect(code(await attempt(other, '192.0.2.5'))).toBe('ok');
  });

  it('has delays of 5 s to 15 minutes', () => {
    expect([0, 4, 5, 6, 7, 12, 13, 400].map(lockDelayMs)).toEqual([
      0, 0, 5e3, 10e3, 20e3, 640e3, 900e3, 900e3,
    ]);
  });

  it('refuses a disabled account', async () => {
    const { value } = await made();
    await w.identity.accounts.change(machinery, value.id, 1, { enabled: false });
    expect(code(await w.identity.signIn({ name: 'lin', password: GOOD }, CLIENT))).toBe('bad_credentials');
  });
});

describe('sessions', () => {
  it('end when idle, and at the absolute limit however busy', async () => {
    const { value } = await made();
    const idle = await w.identity.sessions.open(value, CLIENT);
    const busy = await w.identity.sessions.open(value, CLIENT);
    const until = w.clock.ms + ABSOLUTE_LIMIT_MS;
    w.clock.ms += IDLE_LIMIT_MS - 1;
    expect(await w.identity.sessions.find(busy.token)).toBeDefined();
    w.clock.ms += 1;
    expect(await w.identity.sessions.find(idle.token)).toBeUndefined();
    while (w.clock.ms + IDLE_LIMIT_MS - 2 < until) {
      w.clock.ms += IDLE_LIMIT_MS - 2;
      expect(await w.identity.sessions.find(busy.token)).toBeDefined();
    }
    w.clock.ms = until;
    expect(await w.identity.sessions.find(busy.token)).toBeUndefined();
    expect(await w.identity.sessions.sweep()).toBe(2);
  });

  it('are not kept alive by what a page asks by itself', async () => {
    const { token } = await w.identity.sessions.open((await made()).value, CLIENT);
    w.clock.ms += IDLE_LIMIT_MS - 1;
    expect(await w.identity.sessions.peek(token)).toMatchObject({ kind: 'user' });
    w.clock.ms += 1;
    expect(await w.identity.sessions.peek(token)).toBeUndefined();
  });

  const ENDS: readonly [string, (token: string, user: User) => Promise<unknown>][] = [
    ['signed out', (token) => w.identity.sessions.close(token)],
    ['signed in anew', (token, user) => w.identity.sessions.open(user, CLIENT, token)],
    ['revoked', (_token, user) => w.identity.sessions.revokeAll(user.id, machinery.actor)],
  ];
  it.each(ENDS)('are over once %s, whatever else was asked meanwhile', async (_how, end) => {
    const { value } = await made();
    const { token } = await w.identity.sessions.open(value, CLIENT);
    let over = false;
    const ending = end(token, value).then(() => (over = true));
    while (!over) await w.identity.sessions.find(token);
    await ending;
    expect(await w.identity.sessions.find(token)).toBeUndefined();
  });

  it('see a change of roles at once, and one made elsewhere within five seconds', async () => {
    const { value } = await made();
    const { token } = await w.identity.sessions.open(value, CLIENT);
    const roles = async () => (await w.identity.sessions.find(token))?.user.roles;
    await roles();
    await w.identity.accounts.change(machinery, value.id, 1, { roles: ['viewer'] });
    expect(await roles()).toEqual(['viewer']);
    const now = await w.records.get(everything, 'users', value.id);
    await w.records.write(everything, [
      {
        kind: 'replace',
        collection: 'users',
        version: 2,
        value: { ...(now?.value as typeof value), enabled: false },
      },
    ]);
    w.clock.ms += 5_000;
    expect(await roles()).toBeUndefined();
  });

  it('end with the account disabled, and on leaving', async () => {
    const { value } = await made();
    const [a, b] = [
      await w.identity.sessions.open(value, CLIENT),
      await w.identity.sessions.open(value, CLIENT),
    ];
    await w.identity.sessions.close(a.token);
    expect(await w.identity.sessions.find(a.token)).toBeUndefined();
    await w.identity.accounts.change(machinery, value.id, 1, { enabled: false });
    expect(await w.identity.sessions.find(b.token)).toBeUndefined();
  });

  for (const token of ['', 'x', 'y'.repeat(5000)])
    it(`knows no token of ${token.length} characters`, async () => {
      expect(await w.identity.sessions.find(token)).toBeUndefined();
    });
});

describe('API keys', () => {
  const create = async (change = {}, by: Grant = machinery) => {
    const result = await w.identity.keys.create(by, { name: 'shipper', scopes: ['ingest'], ...change });
    if (!result.ok) throw new Error(result.fault.code);
    return result.value;
  };

  it('are found by their text and by the base64 that Elasticsearch’s clients send', async () => {
    const { key, secret } = await create();
    expect(secret).toMatch(/^fh_[0-9A-Z]{26}_[\w-]{43}$/);
    expect(JSON.stringify([key, await w.entries()])).not.toContain(secret.slice(30));
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    for (const text of [secret, base64(secret), base64(`shipper:${secret}`)])
      expect(await w.identity.keys.find(text, '192.0.2.1')).toMatchObject({
        kind: 'key',
        key: { id: key.id },
        address: '192.0.2.1',
      });
  });

  it('are not found by anything else', async () => {
    const { secret } = await create();
    const flipped = secret.slice(0, -2) + (secret.endsWith('AA') ? 'BB' : 'AA');
    const other = `fh_${'0'.repeat(26)}_${secret.slice(30)}`;
    for (const text of ['', 'fh_', flipped, other, `${secret}x`, 'x'.repeat(10_000)])
      expect(await w.identity.keys.find(text)).toBeUndefined();
  });

  it('end by expiry and at once by revocation', async () => {
    const expiring = await create({ expiresAt: new Date(w.clock.ms + 1000).toISOString() });
    const revoked = await create();
    expect(await w.identity.keys.find(revoked.secret)).toBeDefined();
    expect(code(await w.identity.keys.revoke(machinery, revoked.key.id))).toBe('ok');
    expect(await w.identity.keys.find(revoked.secret)).toBeUndefined();
    expect(await w.identity.keys.find(expiring.secret)).toBeDefined();
    w.clock.ms += 1000;
    expect(await w.identity.keys.find(expiring.secret)).toBeUndefined();
    expect(code(await w.identity.keys.revoke(machinery, 'key_none'))).toBe('not_found');
  });

  it('reach no further than their maker', async () => {
    const by = await grantOf(['system']);
    const attempt = async (change: object) =>
      code(await w.identity.keys.create(by, { name: 'k', scopes: ['ingest'], ...change }));
    expect(await attempt({ unit: '/cn' })).toBe('not_permitted');
    expect(await attempt({ unit: 'x y' })).toBe('invalid_unit');
    expect(await attempt({ ceiling: 3 })).toBe('not_permitted');
    expect(await attempt({ expiresAt: '2020-01-01T00:00:00Z' })).toBe('invalid_request');
    expect((await create({}, by)).key).toMatchObject({ unit: '/cn/gd', realm: 'live', ceiling: 2 });
  });

  it('remember when they were used, at most once a minute', async () => {
    const { key, secret } = await create();
    const used = async () => (await w.records.get(everything, 'keys', key.id))?.version;
    await w.identity.keys.find(secret);
    await w.identity.keys.find(secret);
    expect(await used()).toBe(2);
    w.clock.ms += 60_000;
    await w.identity.keys.find(secret);
    expect(await used()).toBe(3);
  });
});

describe('set-up', () => {
  const request = (token: string | undefined) => ({
    ...{ token: token ?? '', name: 'root', displayName: 'Root', password: GOOD, unitName: '烽火台' },
  });

  it('makes the first account once, by the newest token', async () => {
    const { setup } = w.identity;
    const old = await setup.issueToken();
    const token = await setup.issueToken();
    expect(await setup.isRequired()).toBe(true);
    expect(code(await setup.complete(request(old), CLIENT))).toBe('bad_setup_token');
    expect(code(await setup.complete({ ...request(token), password: 'weak' }, CLIENT))).toBe('password_weak');
    const both = await Promise.all(
      [1, 2].map((n) => setup.complete({ ...request(token), name: `root${n}` }, CLIENT)),
    );
    expect(both.map(code).sort()).toEqual(['ok', 'setup_done']);
    const done = both.find((result) => result.ok);
    if (!done?.ok) throw new Error('not done');
    expect(done.value.user).toMatchObject({ roles: ['system', 'lead'], units: ['/'], ceiling: 3 });
    expect(await w.identity.sessions.find(done.value.token)).toBeDefined();
    expect(await setup.isRequired()).toBe(false);
    expect(await setup.issueToken()).toBeUndefined();
    expect(code(await setup.complete(request(token), CLIENT))).toBe('setup_done');
    expect((await w.records.get(everything, 'units', '/'))?.value.name).toBe('烽火台');
  });
});
