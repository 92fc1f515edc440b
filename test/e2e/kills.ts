import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { homePaths } from '../../runtime/home';
import { postgresUrl } from '../../runtime/postgres/roles';
import { rolePasswords } from '../../runtime/secrets';
import type { RunDocument } from '../../schemas/run';
import type { Outcome, TestStack } from './stack';

const JANUARY = join(__dirname, '../../examples/flights/flights');
export const PARTS = ['worker', 'temporal', 'postgres'] as const;

/** January's flights, once per carrier copy: big enough that a load takes long enough to be hit. */
export async function writeFlights(directory: string, copies: number): Promise<number> {
  const days = readdirSync(JANUARY).sort();
  mkdirSync(join(directory, 'flights'), { recursive: true });
  let rows = 0;
  for (const day of days) {
    const [header, ...lines] = readFileSync(join(JANUARY, day), 'utf8').trimEnd().split('\n');
    const out = createWriteStream(join(directory, 'flights', day));
    out.write(`copy_no,${header}\n`);
    for (let copy = 0; copy < copies; copy++) {
      out.write(lines.map((line) => `${copy},${line}\n`).join(''));
      rows += lines.length;
    }
    out.end();
    await finished(out);
  }
  return rows;
}

export function writeGoal(directory: string, name: string): string {
  const file = join(directory, `${name}.yaml`);
  writeFileSync(
    file,
    `apiVersion: sluice/v1
goal: ${name}
steps:
  - id: flights
    ingest:
      from: { files: "flights/*.csv", nulls: ["NA"] }
      into: ${name}.flights
      key: [copy_no, year, month, day, carrier, flight, origin]
  - id: daily
    needs: [flights]
    model:
      name: ${name}.daily
      sql: select copy_no, day, count(*) as flights from ${name}.flights group by 1, 2
      tests: [{ unique: [copy_no, day] }]
`,
  );
  return file;
}

export interface Round {
  killed: string[];
  document: RunDocument;
}

/** One run of a goal, with parts of the stack killed at random instants while it lives. */
export async function runUnderFire(
  stack: TestStack,
  name: string,
  kills: number,
  random: () => number,
): Promise<Round> {
  const goal = writeGoal(stack.directory, name);
  let over = false;
  // Before it has started a run, a command that finds PostgreSQL gone says so and ends: it is given again.
  const attempt = async (): Promise<Outcome<RunDocument>> => {
    const outcome = await stack.sluice<RunDocument>('apply', goal, '--yes', '--json');
    return outcome.code === 6 && outcome.json.runId === undefined ? attempt() : outcome;
  };
  const run = attempt().finally(() => (over = true));
  const killed: string[] = [];
  while (killed.length < kills && !over) {
    await sleep(200 + random() * 2_500);
    const part = PARTS[Math.floor(random() * PARTS.length)]!;
    if (!over && stack.kill(part)) killed.push(part);
  }
  const outcome = await run;
  if (outcome.code !== 0) {
    throw new Error(
      `after killing ${killed.join(', ')} the run ended with ${outcome.code}:\n${outcome.stdout}\n${outcome.stderr}`,
    );
  }
  return { killed, document: outcome.json };
}

/** Rows of a loaded table that differ from the files, in either direction; the files are read by PostgreSQL itself. */
export async function difference(
  stack: TestStack,
  schema: string,
  expected: number,
): Promise<Record<string, number>> {
  const [row] = await stack.query<Record<string, string>>(
    `select (select count(*) from ${schema}.flights) - $1::bigint as surplus,
            (select count(*) from ${schema}.flights)
              - (select count(*) from (select distinct * from ${schema}.flights) d) as doubled,
            (select count(*) from (select * from ${schema}.flights except all select * from reference.flights) x) as strange,
            (select count(*) from (select * from reference.flights except all select * from ${schema}.flights) x) as lost,
            (select coalesce(sum(flights), 0) from ${schema}.daily) - $1::bigint as model`,
    [expected],
  );
  return Object.fromEntries(Object.entries(row!).map(([key, value]) => [key, Number(value)]));
}

/**
 * What every load is compared with: the same files in `reference.flights`, by plain COPY into a table of the same
 * types, which one quiet load tells. Returns the number of rows.
 */
export async function prepareReference(stack: TestStack, copies: number): Promise<number> {
  const rows = await writeFlights(stack.directory, copies);
  const quiet = await stack.sluice('apply', writeGoal(stack.directory, 'quiet'), '--yes', '--json');
  if (quiet.code !== 0) throw new Error(`${quiet.stdout}\n${quiet.stderr}`);
  await stack.query('create schema reference');
  await stack.query('create table reference.flights (like quiet.flights)');
  await copyReference(stack);
  return rows;
}

async function copyReference(stack: TestStack): Promise<void> {
  const paths = homePaths(stack.home);
  const url = postgresUrl(
    'sluice_writer',
    rolePasswords(paths).sluice_writer,
    stack.state().postgres.port,
    'warehouse',
  );
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const day of readdirSync(join(stack.directory, 'flights'))) {
    const sink = client.query(
      copyFrom(`copy reference.flights from stdin (format csv, header true, null 'NA')`),
    );
    await pipeline(createReadStream(join(stack.directory, 'flights', day)), sink);
  }
  await client.end();
}
