import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { Bed } from '../capabilities/ingest/bed';
import { flightsOfTheYear, repeated, type Flights } from './load/flights';
import { binaryPipe, plainCopy } from './load/rivals';
import { atMost, median, type BenchRow } from './rows';

const ROUNDS = 5;
const MB = 1024 * 1024;

/** What loading costs beside what the server alone needs for it, from the first byte looked at to the commit. */
export async function run(): Promise<BenchRow[]> {
  const flights = await flightsOfTheYear();
  const bed = await Bed.make('bench_load');
  const admin = new Client({ connectionString: bed.database.adminUrl });
  await admin.connect();
  try {
    await copyFile(flights.file, path.join(bed.root, 'flights.csv'));
    return [...(await csv(bed, admin, flights)), await postgres(bed, admin, flights), await memory(flights)];
  } finally {
    await admin.end();
    await bed.close();
  }
}

const INPUT = {
  from: { files: 'flights.csv', nulls: ['NA'] },
  into: 'raw.flights',
  quarantine: { limit: '2%' },
};

async function csv(bed: Bed, admin: Client, flights: Flights): Promise<BenchRow[]> {
  const file = path.join(bed.root, 'flights.csv');
  const dirty = path.join(bed.root, 'dirty.csv');
  const rows = (await readFile(file, 'latin1')).split('\n');
  // Every hundredth row has a word where a number is declared.
  await writeFile(dirty, rows.map((row, at) => (at % 100 === 99 ? `x${row}` : row)).join('\n'));
  const [plain, ours, repairing]: number[][] = [[], [], []];
  const { body, apply } = await bed.propose(INPUT);
  const ddl = apply.split(';\n').find((statement) => statement.startsWith('create table'))!;
  const declared = { ...INPUT.from, types: { year: 'bigint' } };
  await bed.admin.query('create schema if not exists raw');
  for (let round = 0; round <= ROUNDS; round++) {
    await settle(bed, admin);
    const options = `format csv, header true, null 'NA'`;
    const copied = await plainCopy(bed, file, ddl, 'raw.flights', options);
    await settle(bed, admin);
    const loaded = await load(bed, INPUT, flights.rows);
    await settle(bed, admin);
    const bad = Math.floor((flights.rows + 1) / 100);
    const repaired = await load(
      bed,
      { ...INPUT, from: { ...declared, files: 'dirty.csv' } },
      flights.rows - bad,
    );
    // The first round warms everybody up.
    if (round > 0)
      for (const [list, seconds] of [
        [plain, copied],
        [ours, loaded],
        [repairing, repaired],
      ] as const)
        list!.push(seconds);
  }
  await settle(bed, admin);
  const how = `${flights.what}, ${body.columns.length} columns: looking at every byte, COPY, checks, ledger and commit, beside COPY alone`;
  return [
    atMost(
      'CSV file to new table ÷ plain COPY',
      ratio(ours!, plain!),
      '',
      1.4,
      `${how}; ${spread(ours!, plain!)}`,
    ),
    {
      name: 'the same, with 1 % of the rows going to quarantine',
      value: ratio(repairing!, plain!),
      unit: '',
      ok: true,
      detail: `rows rewritten on the way; ${spread(repairing!, plain!)}`,
    },
  ];
}

async function postgres(bed: Bed, admin: Client, flights: Flights): Promise<BenchRow> {
  await load(bed, INPUT, flights.rows);
  await bed.admin.query(
    'alter schema raw rename to source; create schema raw; truncate sluice.change cascade',
  );
  const input = { from: { postgres: 'self', table: 'source.flights' }, into: 'raw.flights' };
  const { apply } = await bed.propose(input);
  const ddl = apply.split(';\n').find((statement) => statement.startsWith('create table'))!;
  const [pipe, ours]: number[][] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    await settle(bed, admin);
    const { url } = bed.database;
    const piped = await binaryPipe(url, url, 'source.flights', ddl, 'raw.flights');
    await settle(bed, admin);
    const loaded = await load(bed, input, flights.rows);
    if (round > 0)
      for (const [list, seconds] of [
        [pipe, piped],
        [ours, loaded],
      ] as const)
        list!.push(seconds);
  }
  return atMost(
    'PostgreSQL to PostgreSQL ÷ binary COPY pipe',
    ratio(ours!, pipe!),
    '',
    1.3,
    `${flights.what}; ${spread(ours!, pipe!)}`,
  );
}

/** Proposes and applies in a new table, which is checked to have all the rows. Seconds. */
async function load(bed: Bed, input: unknown, rows: number): Promise<number> {
  const started = performance.now();
  const done = await bed.load(input);
  const seconds = (performance.now() - started) / 1000;
  if (done.rows.inserted !== rows) throw new Error(`${done.rows.inserted} rows instead of ${rows}`);
  return seconds;
}

/** Everybody starts with no table, nothing to write out, and memory swept. */
async function settle(bed: Bed, admin: Client): Promise<void> {
  await bed.admin.query(
    'drop schema if exists raw cascade; create schema raw; truncate sluice.change cascade',
  );
  await bed.admin.query('truncate sluice.quarantine');
  await admin.query('checkpoint');
  global.gc?.();
}

function ratio(ours: number[], rival: number[]): number {
  return median(ours) / median(rival);
}

function spread(ours: number[], rival: number[]): string {
  const text = (list: number[]): string =>
    `${median(list).toFixed(2)} s (${Math.min(...list).toFixed(2)}–${Math.max(...list).toFixed(2)})`;
  return `medians of ${ROUNDS}, taking turns: ${text(ours)} and ${text(rival)}`;
}

/** Two processes that differ only in how much they load. */
async function memory(flights: Flights): Promise<BenchRow> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  try {
    const large = path.join(directory, 'large.csv');
    await repeated(flights.file, 10, large);
    const [one, ten] = [peak(flights.file), peak(large)];
    const detail = `peak resident size of a process that loads ${flights.what}: ${mb(one)} MB; 10 times as much: ${mb(ten)} MB`;
    return atMost('memory that a 10 × larger file adds', (ten - one) / MB, 'MB', 50, detail);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function mb(bytes: number): string {
  return (bytes / MB).toFixed(0);
}

function peak(file: string): number {
  const hook = path.resolve(__dirname, '../../scripts/lib/typescript-hook.cjs');
  const child = path.join(__dirname, 'load/child.ts');
  const output = execFileSync(process.execPath, ['--require', hook, child, file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return (JSON.parse(output) as { peak: number }).peak;
}
