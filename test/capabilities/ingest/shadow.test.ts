import { applyChange } from '../../../activities/engine/apply-change';
import { undoChanges } from '../../../activities/engine/undo-changes';
import type { Capability } from '../../../capabilities/capability';
import { ingest } from '../../../capabilities/ingest';
import { createPostgresWarehouse } from '../../../warehouses/postgres/warehouse';
import type { Shadow, Warehouse } from '../../../warehouses/warehouse';
import { warehouseOptions } from '../../warehouses/support/warehouse';
import { Bed } from './bed';

const capability = ingest as unknown as Capability;
const SAMPLE = 50;

/** The place in which every change is tried before anybody is asked: a database without the live rows, under another role. */
describe('in a shadow, ingest', () => {
  let bed: Bed;
  let warehouse: Warehouse;
  beforeAll(async () => {
    bed = await Bed.make('in_shadow');
    warehouse = createPostgresWarehouse(warehouseOptions(bed.database));
  });
  afterAll(async () => {
    await warehouse.close();
    await bed.close();
  });
  afterEach(() => bed.reset());

  const lines = (from: number, to: number, v: string): string =>
    `id,v\n${Array.from({ length: to - from }, (_, at) => `${from + at},${v}\n`).join('')}`;

  it.each(['append', 'merge', 'replace'] as const)(
    'with mode %s applies, verifies and undoes as it will live',
    async (mode) => {
      const input = { from: { files: '*.csv' }, into: 'raw.t', mode, key: ['id'] };
      await bed.files({ 'a.csv': lines(0, 200, 'old') });
      await bed.load(input);
      await bed.files({ 'b.csv': lines(mode === 'merge' ? 100 : 200, 400, 'new') });
      const change = await bed.propose(input, `rehearsed-${mode}`);
      const before = await bed.fingerprint();

      const id = `ingest-${mode}`;
      const { shadow, gaps } = await warehouse.openShadow(id);
      try {
        expect(gaps).toEqual([]);
        await rehearse(shadow, change);
      } finally {
        await shadow.close();
        await warehouse.dropShadow(id);
      }
      expect(await bed.fingerprint()).toEqual(before);
      expect((await bed.apply(change)).applied.rows.read).toBe(
        { append: 200, merge: 300, replace: 400 }[mode],
      );
    },
  );

  it('creates schema and table as it will live', async () => {
    await bed.files({ 'a.csv': lines(0, 200, 'new') });
    const change = await bed.propose(
      { from: { files: '*.csv' }, into: 'raw.t', key: ['id'] },
      'rehearsed-new',
    );
    const { shadow } = await warehouse.openShadow('ingest-new');
    try {
      await rehearse(shadow, change);
    } finally {
      await shadow.close();
      await warehouse.dropShadow('ingest-new');
    }
    expect(await bed.fingerprint()).not.toHaveProperty('raw.t');
  });

  async function rehearse(shadow: Shadow, change: Awaited<ReturnType<Bed['propose']>>): Promise<void> {
    await shadow.sample(change.writes, SAMPLE);
    const run = { runId: change.id.split('.')[0]!, goal: 'g' };
    const context = bed.context(run.runId, { sources: bed.sources(SAMPLE) });
    const { applied, checks } = await applyChange(shadow, capability, change, context, {
      digest: 'rehearsal',
      run,
    });
    expect(applied.rows.read).toBe(SAMPLE);
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    await undoChanges(shadow, [{ change, capability, context }], run);
    expect((await shadow.compareWithBefore()).filter((check) => !check.ok)).toEqual([]);
  }
});
