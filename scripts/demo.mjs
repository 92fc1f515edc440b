/**
 * `npm run demo`: sets everything up, starts the stack, and loads and models the flights of January 2013 while you
 * watch. Asks before it changes anything; without a terminal, or with `-- --yes`, it approves and says so.
 */
import { readFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { main, root, say } from './lib/prepare.mjs';
import { setup } from './setup.mjs';

const GOAL = 'examples/flights/goal.yaml';
const MODEL = 'marts.daily_delays';
const sluice = path.join(root, 'bin', 'sluice');
const env = { ...process.env, SLUICE_HOME: process.env.SLUICE_HOME ?? path.join(root, '.sluice') };

main(async () => {
  const started = Date.now();
  const flags = process.argv.slice(2);
  const asks = process.stdin.isTTY && process.stdout.isTTY && !flags.includes('--yes');
  await setup();

  heading('1. The stack: PostgreSQL, Temporal and a worker, on this machine');
  if ((await run(['up'])) !== 0) return;

  heading(`2. The goal: ${GOAL}`);
  if (!asks) say('nobody is there to ask, so the proposal below is approved by --yes');
  const given = flags.includes('--yes') ? flags : [...flags, ...(asks ? [] : ['--yes'])];
  if ((await run(['apply', GOAL, ...given])) !== 0) return;

  heading(`3. What is there now: the last days of ${MODEL}`);
  await peek();

  heading('4. Next');
  print('  npm run demo              again: it finds nothing new in the files, and says so');
  print('  ./bin/sluice runs         every run; `./bin/sluice show RUN` one of them');
  print('  ./bin/sluice undo RUN     takes back what a run did');
  print('  ./bin/sluice down         stops the stack and keeps its data');
  print(`\nThat took ${Math.round((Date.now() - started) / 1000)} s.`);
});

const print = (text) => process.stdout.write(`${text}\n`);
const heading = (text) =>
  print(`\n${process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[1m${text}\x1b[22m` : text}\n`);

/** A command as a person would type it, on this terminal. Its exit code becomes ours. */
async function run(args) {
  print(`$ ./bin/sluice ${args.join(' ')}`);
  const child = spawn(process.execPath, [sluice, ...args], { cwd: root, env, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('close', (status) => resolve(status ?? 1)));
  process.exitCode = code;
  return code;
}

async function peek() {
  const status = spawnSync(process.execPath, [sluice, 'status', '--json'], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  const { Client } = createRequire(import.meta.url)('pg');
  const url = new URL(JSON.parse(status.stdout).postgres.readUrl);
  // The URL names the file with the password, as psql reads it; the driver does not.
  const lines = readFileSync(url.searchParams.get('passfile'), 'utf8').split('\n');
  const password = lines
    .map((line) => line.split(':'))
    .find(([, , , user]) => user === url.username)
    ?.at(4);
  const client = new Client({
    ...{ host: url.hostname, port: Number(url.port), database: url.pathname.slice(1) },
    ...{ user: url.username, password },
  });
  await client.connect();
  try {
    const query = {
      text: `select * from ${MODEL} order by 1 desc, 2 limit 5`,
      rowMode: 'array',
      types: { getTypeParser: () => String },
    };
    const { fields, rows } = await client.query(query);
    const lines = [fields.map((field) => field.name), ...rows.map((row) => row.map((value) => value ?? ''))];
    const widths = fields.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
    for (const line of lines)
      print(
        `  ${line
          .map((cell, column) => cell.padEnd(widths[column]))
          .join('  ')
          .trimEnd()}`,
      );
  } finally {
    await client.end();
  }
}
