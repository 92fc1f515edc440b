import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { runEvent } from '../../lineage/openlineage/events';
import { uuidOf } from '../../lineage/openlineage/uuid';
import { sha256 } from '../../store/digest';
import { Newest } from '../../store/newest';
import { once } from '../../store/once';
import { openStore, type Store } from '../../store/store';
import { testDatabase, type TestDatabase } from '../support/postgres';

describe('what is written together', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await testDatabase('together', { ledger: false });
    store = await openStore(database.url, 4);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const begin = (runId: string, bundle: string) =>
    store.runs.begin({
      ...{ runId, goal: 'g', workflowId: runId, temporalRunId: 'first', bundle },
      ...{ mode: 'apply', startedBy: 'zoe' },
    });
  const told = (runId: string) => ({
    key: `${runId}/START`,
    event: runEvent(
      { namespace: 'n', version: '1' },
      { type: 'START', at: new Date(0), olRun: uuidOf(runId), job: 'g' },
    ),
  });
  const admit = (runId: string): Promise<void> => {
    const { hash, write } = store.artifacts.json('bundle', { runId });
    return store.together(
      write,
      begin(runId, hash),
      store.lineage.events(runId, [told(runId)]),
      store.record.event(runId, 'admitted', 'zoe', { bundle: hash }),
    );
  };
  const entriesOf = async (runId: string): Promise<string[]> => {
    const found = [];
    for await (const entry of store.audit.entries()) if (entry.subject === runId) found.push(entry.action);
    return found;
  };

  it('is all there, once, however often the activity is tried', async () => {
    const runId = randomUUID();
    for (let attempt = 0; attempt < 3; attempt++) await once(`${runId}/admit/1`, () => admit(runId));
    expect(await store.runs.find(runId)).toMatchObject([{ bundle: sha256(`{"runId":"${runId}"}`) }]);
    expect(await store.lineage.ofRun(runId)).toHaveLength(1);
    expect(await entriesOf(runId)).toEqual(['admitted']);
  });

  it('is not there at all when a part of it cannot be written', async () => {
    const runId = randomUUID();
    const impossible = store.runs.begin({ ...({ runId } as Parameters<Store['runs']['begin']>[0]) });
    const write = store.together(
      store.lineage.events(runId, [told(runId)]),
      impossible,
      store.record.event(runId, 'admitted', 'zoe'),
    );
    await expect(write).rejects.toMatchObject({ code: '23502' });
    expect(await store.lineage.ofRun(runId)).toEqual([]);
    expect(await entriesOf(runId)).toEqual([]);
  });

  it('does not wait for each other in circles, whoever writes the same at the same time', async () => {
    const ids = Array.from({ length: 24 }, () => randomUUID());
    await Promise.all(
      ids.map((runId) => {
        const { hash, write } = store.artifacts.json('bundle', { everybody: 'the same' });
        return store.together(write, begin(runId, hash), store.record.event(runId, 'admitted', 'zoe'));
      }),
    );
    for (const runId of ids) expect(await entriesOf(runId)).toEqual(['admitted']);
  });
});

describe('artifacts', () => {
  let database: TestDatabase;
  let store: Store;
  let other: Store;
  beforeAll(async () => {
    database = await testDatabase('artifacts', { ledger: false });
    [store, other] = [await openStore(database.url, 1), await openStore(database.url, 1)];
  });
  afterAll(async () => {
    await Promise.all([store.close(), other.close()]);
    await database.drop();
  });

  it('that were altered in the store are executed by nobody', async () => {
    const hash = await store.artifacts.putJson('change', { rows: 1 });
    await store.db
      .updateTable('artifact')
      .set({ body: Buffer.from('{"rows":2}') })
      .where('hash', '=', hash)
      .execute();
    await expect(other.artifacts.getJson(hash)).rejects.toMatchObject({ code: 'internal' });
    // Whoever made it goes on with what was approved.
    expect(await store.artifacts.getJson(hash)).toEqual({ rows: 1 });
  });

  it('are given out anew each time: what one does to a value no other sees', async () => {
    const hash = await store.artifacts.putJson('change', { rows: [1] });
    (await store.artifacts.getJson<{ rows: number[] }>(hash)).rows.push(2);
    expect(await store.artifacts.getJson(hash)).toEqual({ rows: [1] });
  });

  it('are kept in memory up to a limit, those asked for last', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 9 }), size: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const newest = new Newest(100, 50);
        for (const { key, size } of steps) {
          if (!newest.get(`${key}`)) newest.keep(`${key}`, Buffer.alloc(size));
          if (size <= 50) expect(newest.get(`${key}`)).toBeDefined();
        }
        let bytes = 0;
        for (let key = 0; key < 10; key++) bytes += newest.get(`${key}`)?.length ?? 0;
        expect(bytes).toBeLessThanOrEqual(100);
      }),
    );
  });
});
