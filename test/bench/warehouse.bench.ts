import { createPostgresWarehouse } from '../../warehouses/postgres/warehouse';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import { testDatabase } from '../support/postgres';
import { largeSchema } from '../warehouses/support/large-schema';
import { run as runSql, warehouseOptions } from '../warehouses/support/warehouse';
import type { BenchRow } from './rows';
import { median } from './rows';

const TABLES = 375;
const ROUNDS = 7;
const SHADOW_MS = 1_000;
const FINGERPRINT_MS = 250;

/** What a rehearsal costs before it does anything: a shadow and fingerprints, on a warehouse of ordinary size. */
export async function run(): Promise<BenchRow[]> {
  const db = await testDatabase('bench_warehouse');
  const warehouse = createPostgresWarehouse(warehouseOptions(db));
  try {
    await runSql(db.url, largeSchema(TABLES));
    const first = await timed(() => open('first'));
    const fingerprints = await repeated(() => warehouse.structure());
    const relation = await repeated(() =>
      warehouse.live.read((session) => fingerprintRelations(session, ['area_0.table_0'])),
    );
    const shadows: number[] = [];
    const compared: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      shadows.push(await timed(() => open(`bench_${round}`)));
      compared.push(await timed(() => compare(`bench_${round}`)));
    }
    // Not one after the other: ext4 does not reuse an inode for a minute after it was freed, and looks at every freed
    // one whenever a file is made. Dropping 3,000 files each time would measure that.
    for (let round = 0; round < ROUNDS; round += 1) await warehouse.dropShadow(`bench_${round}`);
    await warehouse.dropShadow('first');
    const on = `${TABLES} tables, median of ${ROUNDS}`;
    return [
      row('shadow from a cached base', shadows, SHADOW_MS, `live fingerprint included; ${on}`),
      row('fingerprint of a structure', fingerprints, FINGERPRINT_MS, on),
      row('fingerprint of one relation', relation, undefined, `with its transaction; ${on}`),
      row('comparing a shadow with before', compared, undefined, on),
      row('shadow without a base', [first], undefined, `every object made; ${TABLES} tables, once`),
    ];
  } finally {
    await warehouse.close();
    await db.drop();
  }

  async function open(id: string): Promise<void> {
    const { shadow, gaps } = await warehouse.openShadow(id);
    await shadow.close();
    if (gaps.length > 0) throw new Error(`the shadow is not complete: ${gaps.join('; ')}`);
  }

  async function compare(id: string): Promise<void> {
    const shadow = (await warehouse.reopenShadow(id))!;
    const checks = await shadow.compareWithBefore();
    await shadow.close();
    if (checks.some(({ ok }) => !ok)) throw new Error('an untouched shadow is not as it was');
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function repeated(work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await timed(work));
  return times;
}

function row(name: string, times: readonly number[], bar: number | undefined, detail: string): BenchRow {
  const value = Math.round(median(times));
  return { name, value, unit: 'ms', bar, ok: bar === undefined || value <= bar, detail };
}
