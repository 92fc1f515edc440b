import { makeNasty } from './support/nasty-schema';
import type { TestWarehouse } from './support/warehouse';
import { testWarehouse } from './support/warehouse';

describe('a copy of a structure', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await testWarehouse('clone');
    await makeNasty(test);
  });
  afterAll(() => test.close());

  it('has the same fingerprint as a schema with one of everything', async () => {
    const { shadow, gaps, structure } = await test.warehouse.openShadow('nasty');
    await shadow.close();
    expect(gaps).toEqual([]);
    expect(structure.uncovered).toEqual([]);
  });

  it('runs nothing of what names and settings look like', async () => {
    expect(await test.asAdmin(`select rolsuper from pg_roles where rolname = 'sluice_store'`)).toEqual([
      { rolsuper: false },
    ]);
  });
});
