import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { asWriter, changeOf, openBench, type Bench } from '../capabilities/sql/harness';
import { atMost, type BenchRow } from './rows';

const ROWS = 1_000_000;
const BLOCKED_MS = 2_000;
/** Milliseconds between two reads. */
const EVERY = 5;

const CASES = [
  { what: 'a dropped column', sql: 'alter table public.flight drop column carrier' },
  { what: 'a type change', sql: 'alter table public.flight alter column seats type text using seats::text' },
  { what: 'an update of all rows', sql: 'update public.flight set seats = seats + 1' },
];
const TABLE = `drop table if exists public.flight cascade;
 create table public.flight (id bigint primary key, day date not null, carrier text, seats integer, note text);
 insert into public.flight select n, date '2013-01-01' + n % 365, 'C' || n % 16, n % 400, md5(n::text) from generate_series(1, ${ROWS}) n;
 create index flight_day on public.flight (day)`;
/** Hangs on the table, so that no copy can take its place. */
const VIEW =
  'create view public.flight_day_view as select day, count(*) as n from public.flight group by day';

/** What the undo of a statement on a large table is to those who read the table meanwhile. */
export async function run(): Promise<BenchRow[]> {
  const bench = await openBench('bench_undo');
  const reader = new Client({ connectionString: bench.database.readerUrl });
  await reader.connect();
  try {
    const rows: BenchRow[] = [];
    for (const { what, sql } of CASES) rows.push(...(await measured(bench, reader, what, sql)));
    for (const { what, sql } of CASES.slice(0, 2)) {
      const [seconds, blocked] = await undone(bench, reader, sql, VIEW);
      rows.push(
        figure(`undo of ${what}, a view on it`, seconds, `readers wait ${blocked.toFixed(1)} s; ${HOW}`),
      );
    }
    return rows;
  } finally {
    await reader.end();
    await bench.close();
  }
}

const HOW = `${ROWS / 1e6} million rows of 5 columns, 2 indexes; once, a point read every ${EVERY} ms beside it`;

async function measured(bench: Bench, reader: Client, what: string, sql: string): Promise<BenchRow[]> {
  const [seconds, blocked] = await undone(bench, reader, sql);
  return [
    atMost(`undo of ${what}: longest wait of a reader`, Math.round(blocked * 1000), 'ms', BLOCKED_MS, HOW),
    figure(`undo of ${what}`, seconds, HOW),
  ];
}

const figure = (name: string, seconds: number, detail: string): BenchRow => ({
  ...{ name, value: Number(seconds.toFixed(1)), unit: 's', ok: true, detail },
});

/** Seconds that the undo takes, and the longest that a point read took beside it. */
async function undone(bench: Bench, reader: Client, sql: string, scene = ''): Promise<[number, number]> {
  await asWriter(bench.database, `${TABLE};${scene}`);
  await bench.admin.query('vacuum analyze public.flight');
  const before = await sumOf(bench);
  const change = changeOf(await bench.propose(sql));
  const { applied } = await bench.apply(change);
  await bench.admin.query('checkpoint');
  let over = false;
  const reads = longestRead(reader, () => over);
  const started = performance.now();
  await bench.undo(change, applied);
  const seconds = (performance.now() - started) / 1000;
  over = true;
  const longest = await reads;
  if ((await sumOf(bench)) !== before) throw new Error(`the undo of ${sql} did not bring everything back`);
  return [seconds, longest / 1000];
}

async function longestRead(reader: Client, over: () => boolean): Promise<number> {
  let longest = 0;
  for (let n = 1; !over(); n = (n * 7919) % ROWS) {
    const started = performance.now();
    const { rows } = await reader.query('select id from public.flight where id = $1', [n + 1]);
    if (rows.length !== 1) throw new Error(`the reader did not find row ${n + 1}`);
    longest = Math.max(longest, performance.now() - started);
    await sleep(EVERY);
  }
  return longest;
}

async function sumOf(bench: Bench): Promise<string> {
  const { rows } = await bench.admin.query<{ sum: string }>(
    `select concat(count(*), ' ', sum(hashtextextended(f::text, 0)::numeric)) as sum from public.flight f`,
  );
  return rows[0]!.sum;
}
