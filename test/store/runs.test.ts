import { openStore, type Store } from '../../store/store';
import { testDatabase, type TestDatabase } from '../support/postgres';

describe('a run is found', () => {
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    database = await testDatabase('runs', { ledger: false });
    store = await openStore(database.url, 2);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const begin = async (runId: string, workflowId = runId): Promise<void> => {
    const bundle = await store.artifacts.putJson('bundle', {});
    await store.runs.begin({
      ...{ runId, workflowId, bundle, goal: 'g', temporalRunId: 't', mode: 'apply', startedBy: 'ann' },
    });
  };
  const idsFor = async (name: string): Promise<string[]> =>
    (await store.runs.find(name)).map(({ runId }) => runId);

  it('by its whole id, however many newer ones begin like it', async () => {
    await begin('old');
    for (let n = 10; n < 22; n++) await begin(`old-${n}`);
    expect(await idsFor('old')).toEqual(['old']);
    expect((await store.runs.get('old'))?.runId).toBe('old');
    expect(await store.runs.get('ol')).toBeUndefined();
  });

  it('by the beginning of its id: the newest ten that begin so', async () => {
    expect(await idsFor('old-')).toEqual(Array.from({ length: 10 }, (_, n) => `old-${21 - n}`));
    expect(await idsFor('old_')).toEqual([]);
  });

  it('by the id of its workflow, which is all that Temporal’s own tools know: the newest of them', async () => {
    await begin('by-hand-11111111', 'by-hand');
    await begin('by-hand-22222222', 'by-hand');
    expect(await idsFor('by-hand')).toEqual(['by-hand-22222222']);
    expect((await store.runs.named('by-hand-11111111'))?.runId).toBe('by-hand-11111111');
  });
});
