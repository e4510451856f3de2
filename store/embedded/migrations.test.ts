import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultError } from '#kernel/errors.js';
import { ALL, equals } from '#kernel/query/ast.js';
import { testScope } from '#test/scope.js';
import { frameMaker } from '../contract/frames.js';
import { alert, user } from '../contract/records.js';
import { openEmbeddedEventStore } from './event-store.js';
import { MIGRATIONS, migrate, RECORD_SCHEMA } from './migrations.js';
import { openEmbeddedRecordStore } from './record-store.js';
import { openSqlite, type Database } from './sqlite.js';

const all = testScope({ realm: '*' });
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fenghuo-migrations-'));
});
afterEach(() => rm(folder, { recursive: true }));

/**
 * How each version of the schema kept a record, frozen as it was written then: the tables that the version's own
 * program made, with less indexed than today.
 */
const AS_WRITTEN: Record<number, (database: Database, collection: string, id: string, json: string) => void> =
  {
    1: (database, collection, id, json) => {
      database.exec(
        `CREATE TABLE IF NOT EXISTS ${collection} (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, ` +
          'unit TEXT NOT NULL, realm TEXT NOT NULL, classification INTEGER NOT NULL, flat TEXT NOT NULL, json TEXT NOT NULL)',
      );
      database
        .prepare(`INSERT INTO ${collection} VALUES (?, 7, '/', 'live', 1, ?, ?)`)
        .run(id, JSON.stringify([id]), json);
      database.prepare('INSERT OR REPLACE INTO layout VALUES (?, ?)').run(collection, '["id"]');
    },
  };

describe('record database', () => {
  it('has a step and a fixture for every version, without gaps', () => {
    expect(MIGRATIONS.map((step) => step.version)).toEqual(
      Array.from({ length: RECORD_SCHEMA }, (_, index) => index + 1),
    );
    expect(Object.keys(AS_WRITTEN).map(Number)).toEqual(MIGRATIONS.map((step) => step.version));
  });

  for (const { version } of MIGRATIONS)
    it(`opens what version ${version} wrote, and answers from it`, async () => {
      const database = openSqlite(join(folder, 'records.db'));
      migrate(database, folder, version);
      const write = AS_WRITTEN[version];
      const kept = alert({ id: 'alr_1', host: 'web', severity: 'high' });
      write?.(database, 'alerts', 'alr_1', JSON.stringify(kept));
      write?.(database, 'users', 'usr_1', JSON.stringify(user({ id: 'usr_1', roles: ['lead', 'analyst'] })));
      database.close();

      for (const opening of ['first', 'second']) {
        const store = await openEmbeddedRecordStore({ folder });
        expect(await store.get(all, 'alerts', 'alr_1'), opening).toEqual({ value: kept, version: 7 });
        expect((await store.search(all, 'alerts', { query: equals('host', 'WEB') })).total).toBe(1);
        expect((await store.search(all, 'users', { query: equals('roles', 'lead') })).total).toBe(1);
        const { facets } = await store.facets(all, 'alerts', { query: ALL, paths: ['severity'] });
        expect(facets['severity']).toEqual([{ value: 'high', count: 1 }]);
        await store.close();
      }
    });

  it('refuses the database of a newer version and leaves it as it is', async () => {
    const database = openSqlite(join(folder, 'records.db'));
    database.exec(`PRAGMA user_version = ${RECORD_SCHEMA + 1}`);
    database.close();
    const refused = await openEmbeddedRecordStore({ folder }).catch((error: unknown) => error as FaultError);
    expect(refused).toMatchObject({
      fault: { code: 'schema_too_new', data: { found: RECORD_SCHEMA + 1, known: RECORD_SCHEMA } },
    });
  });
});

describe('day files', () => {
  it('refuses the file of a newer version', async () => {
    const store = await openEmbeddedEventStore({ folder });
    await store.append([frameMaker()([{}])]);
    await store.close();
    const instance = await DuckDBInstance.create(join(folder, '2026-03-01.duckdb'));
    const connection = await instance.connect();
    await connection.run('UPDATE layout SET version = version + 1');
    connection.closeSync();
    instance.closeSync();
    const refused = await openEmbeddedEventStore({ folder }).catch((error: unknown) => error as FaultError);
    expect(refused).toMatchObject({ fault: { code: 'schema_too_new' } });
  });

  it('passes over what a crash left half made', async () => {
    await mkdir(folder, { recursive: true });
    const store = await openEmbeddedEventStore({ folder });
    await store.close();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, '2026-03-01.duckdb.new'), 'half');
    await writeFile(join(folder, '2026-03-01.ndjson'), '{"half');
    const again = await openEmbeddedEventStore({ folder });
    await again.append([frameMaker()([{}])]);
    expect((await again.search(all, { query: ALL })).total).toBe(1);
    await again.close();
  });
});
