import { Connection } from '@temporalio/client';
import { Client } from 'pg';
import { testDatabase } from './postgres';
import { testTemporal } from './temporal';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('testDatabase', () => {
  it('gives a database that its writer owns and its reader can only read', async () => {
    const db = await testDatabase('roles');
    await query(db.url, 'create table t as select 1 as n');
    expect(await query(db.readerUrl, 'select n from t')).toEqual([{ n: 1 }]);
    await expect(query(db.readerUrl, 'insert into t values (2)')).rejects.toThrow(/read-only transaction/);
    await expect(
      query(db.readerUrl, 'begin; set transaction read write; insert into t values (2)'),
    ).rejects.toThrow(/permission denied/);
    await db.drop();
  });

  it('gives each caller a database of its own and drops it', async () => {
    const [a, b] = [await testDatabase(), await testDatabase()];
    await query(a.url, 'create table only_in_a ()');
    await expect(query(b.url, 'select from only_in_a')).rejects.toThrow(/does not exist/);
    await Promise.all([a.drop(), b.drop()]);
    await expect(query(a.url, 'select 1')).rejects.toThrow(/does not exist/);
  });

  it('keeps the rehearsal role out', async () => {
    const db = await testDatabase();
    const url = new URL(db.url);
    url.username = 'sluice_rehearsal';
    await expect(query(url.href, 'select 1')).rejects.toThrow(/permission denied for database/);
    await db.drop();
  });
});

describe('testTemporal', () => {
  it('gives every caller the same server, with the search attributes', async () => {
    const [one, two] = await Promise.all([testTemporal(), testTemporal()]);
    expect(one).toEqual(two);
    const connection = await Connection.connect({ address: one.address });
    const known = await connection.operatorService.listSearchAttributes({ namespace: one.namespace });
    expect(Object.keys(known.customAttributes ?? {})).toEqual(
      expect.arrayContaining(['SluiceGoal', 'SluiceWaitingFor']),
    );
    await connection.close();
  });
});
