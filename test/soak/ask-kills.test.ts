import { seeded, seedOf } from '../e2e/random';
import { askBed, type AskBed } from '../workflows/ask/bed';
import { askUnderFire, expectPaidOnce } from '../workflows/ask/kills';

const KILLS = Number(process.env.SLUICE_ASK_KILLS ?? 10);

describe('an ask under fire', () => {
  let bed: AskBed;
  beforeAll(async () => {
    bed = await askBed();
  });
  afterAll(() => bed?.close());

  it(`of six calls survives ${KILLS} kills of its worker: at most one call a kill is paid twice, and on record`, async () => {
    const seed = seedOf();
    console.info(`SLUICE_SEED=${seed}`);
    const result = await askUnderFire(bed, KILLS, seeded(seed));
    console.info(JSON.stringify({ ...result, document: undefined }));
    expectPaidOnce(result);
  });
});
