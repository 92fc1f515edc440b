import { seeded, seedOf } from '../../e2e/random';
import { askBed, type AskBed } from './bed';
import { askUnderFire, expectPaidOnce } from './kills';

jest.setTimeout(240_000);

describe('an ask whose worker is killed', () => {
  let bed: AskBed;
  beforeAll(async () => {
    bed = await askBed();
  });
  afterAll(() => bed?.close());

  it('three times at random instants is answered, and pays no answered call again', async () => {
    const seed = seedOf();
    console.info(`SLUICE_SEED=${seed}`);
    const result = await askUnderFire(bed, 3, seeded(seed));
    console.info(JSON.stringify({ ...result, document: undefined }));
    expectPaidOnce(result);
  });
});
