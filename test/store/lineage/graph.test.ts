import { findStart } from '../../../capabilities/lineage/start';
import { LineageGraph } from '../../../store/lineage/graph';
import type { Edge } from '../../../lineage/openlineage/datasets';
import { openStore, type Store } from '../../../store/store';
import { testDatabase, type TestDatabase } from '../../support/postgres';

const namespace = 'postgres://db:5432';
let database: TestDatabase;
let store: Store;
let graph: LineageGraph;
beforeAll(async () => {
  database = await testDatabase('lineage_graph', { ledger: false });
  store = await openStore(database.url);
  graph = new LineageGraph(store.db);
  await made('r1', 'load', 'w.raw.a', [edge('/in', null, null), edge('/in', 'x', 'x', 'IDENTITY')]);
  const old = [
    edge('w.raw.a', null, null),
    edge('w.raw.a', 'x', 'total', 'AGGREGATION'),
    edge('w.raw.a', 'day', null, 'FILTER'),
  ];
  await made('r1', 'sum', 'w.marts.b', old);
  await made('r2', 'sum', 'w.marts.b', [
    edge('w.raw.a', null, null),
    edge('w.raw.a', 'y', 'total', 'AGGREGATION'),
  ]);
  await made('r2', 'view', 'w.marts.c', [edge('w.marts.b', null, null)], 'it is not understood');
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

function edge(
  from: string,
  from_field: string | null,
  to_field: string | null,
  subtype: string | null = null,
): Edge {
  return {
    from_namespace: namespace,
    from_name: from,
    from_field,
    to_field,
    type: subtype && 'DIRECT',
    subtype,
  };
}
const made = (runId: string, step: string, name: string, edges: Edge[], partial?: string) =>
  store.lineage.made(
    { runId, goal: 'g', step },
    [],
    [{ namespace, name, edges, ...(partial ? { partial } : {}) }],
  );
const node = (name: string, field?: string) => ({
  namespace,
  name,
  ...(field === undefined ? {} : { field }),
});
const shown = async (
  name: string,
  field: string | undefined,
  direction: 'up' | 'down',
): Promise<string[]> => {
  const hops = await graph.walk(node(name, field), direction);
  return hops.map(({ from, to, how, runId }) =>
    `${from.name}.${from.field ?? '*'} -> ${to.name}.${to.field ?? '*'} ${how.join('+')} ${runId}`.replace(
      /\bw\./g,
      '',
    ),
  );
};

it('finds a dataset without its database', async () => {
  expect(await graph.named('marts.b')).toEqual([node('w.marts.b')]);
  expect(await graph.named('arts.b')).toEqual([]);
});

it('walks up and down between tables', async () => {
  expect(await shown('w.marts.c', undefined, 'up')).toEqual([
    'marts.b.* -> marts.c.*  r2',
    'raw.a.* -> marts.b.*  r2',
    '/in.* -> raw.a.*  r1',
  ]);
  expect(await shown('/in', undefined, 'down')).toHaveLength(3);
});

it('walks between columns, as the newest run had them, and as far as they are known', async () => {
  expect(await shown('w.marts.b', 'total', 'up')).toEqual(['raw.a.y -> marts.b.total AGGREGATION r2']);
  expect(await shown('w.raw.a', 'y', 'down')).toEqual([
    'raw.a.y -> marts.b.total AGGREGATION r2',
    'marts.b.* -> marts.c.*  r2',
  ]);
});

it('goes back to what was before when a run is undone', async () => {
  await store.lineage.undone('r2', ['sum', 'view']);
  expect(await shown('w.marts.b', 'total', 'up')).toEqual([
    'raw.a.x -> marts.b.total AGGREGATION r1',
    'raw.a.day -> marts.b.* FILTER r1',
    '/in.x -> raw.a.x IDENTITY r1',
  ]);
  expect(await shown('w.marts.c', undefined, 'up')).toEqual([]);
});

describe('what is asked for and was never recorded', () => {
  const wanted = (text: string) => findStart(graph, text);
  beforeAll(async () => {
    const dataset = { namespace, name: 'w.raw.wide', edges: [edge('/in', 'x', 'x', 'IDENTITY')] };
    await store.lineage.made(
      { runId: 'r3', goal: 'g', step: 'wide' },
      [],
      [{ ...dataset, columns: ['x', 'constant'] }],
    );
    await made('r3', 'blind', 'w.marts.blind', [edge('w.raw.wide', null, null)], 'it is not understood');
  });

  it('is not found, with the name that is most like it', async () => {
    await expect(wanted('raw.wide.constnt')).rejects.toMatchObject({
      problem: { code: 'not_found', message: expect.stringContaining('Did you mean "constant"?') as string },
    });
    await expect(wanted('raw.wide.other')).rejects.toMatchObject({
      problem: { next: expect.stringContaining('It has constant, x.') as string },
    });
    for (const name of ['raw.wied', 'raw.wied.x']) {
      await expect(wanted(name)).rejects.toMatchObject({
        problem: {
          code: 'not_found',
          message: expect.stringContaining('Did you mean "raw.wide"?') as string,
        },
      });
    }
  });

  it('is found where it is made of nothing, and where columns are not known', async () => {
    expect((await wanted('raw.wide.constant')).start).toEqual(node('w.raw.wide', 'constant'));
    expect((await wanted('marts.blind.any')).start).toEqual(node('w.marts.blind', 'any'));
  });
});
