/**
 * `npm run bench [NAME…]`: runs test/bench/*.bench.ts, each in a process of its own, one after the other. Prints one
 * table, writes docs/benchmarks.json and brings docs/benchmarks.md up to date. Exit code 1 when a bar is missed.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { main, Refusal, root, say } from './lib/prepare.mjs';
import { setup } from './setup.mjs';

const require = createRequire(import.meta.url);
const JSON_FILE = path.join(root, 'docs', 'benchmarks.json');
const PAGE = path.join(root, 'docs', 'benchmarks.md');
const MARKS = ['<!-- figures: npm run bench -->', '<!-- end of figures -->'];

main(async () => {
  await setup();
  const wanted = process.argv.slice(2);
  const directory = path.join(root, 'test', 'bench');
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.bench.ts'))
    .filter((file) => wanted.length === 0 || wanted.some((name) => file.startsWith(name)));
  if (files.length === 0) throw new Refusal(`no bench is called ${wanted.join(' or ')}`);

  // A PostgreSQL with the product's own, durable settings, for benches that want a database of their own.
  require('./lib/typescript-hook.cjs');
  const { startTestCluster } = require(path.join(root, 'test', 'support', 'postgres-cluster.ts'));
  const cluster = await startTestCluster({ durable: true });
  const rows = [];
  let failed = false;
  try {
    for (const file of files) {
      say(`${file} …`);
      const found = await bench(path.join(directory, file), { SLUICE_TEST_PG_ADMIN_URL: cluster.adminUrl });
      if (found === undefined) failed = true;
      else rows.push(...found.map((row) => ({ bench: file.replace('.bench.ts', ''), ...row })));
    }
  } finally {
    await cluster.stop();
  }
  process.stdout.write(`${textTable(rows)}\n`);
  await record(rows);
  if (failed || rows.some((row) => !row.ok)) process.exitCode = 1;
});

/** The rows of one bench; `undefined` when it failed. */
async function bench(file, env) {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  const result = path.join(directory, 'rows.json');
  try {
    const args = ['--expose-gc', path.join(root, 'scripts', 'lib', 'run-bench.cjs'), file, result];
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, ...env },
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code === 0) return JSON.parse(readFileSync(result, 'utf8'));
    say(`${path.basename(file)} failed`);
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const figure = (value) => (Number.isInteger(value) ? String(value) : value.toPrecision(3));
const withUnit = (value, unit) => (unit ? `${figure(value)} ${unit}` : figure(value));
const cells = ({ name, value, unit, bar, ok, detail }) => [
  name,
  withUnit(value, unit),
  bar === undefined ? '' : `≤ ${withUnit(bar, unit)}`,
  ok ? 'ok' : 'MISSED',
  detail,
];
const HEAD = ['figure', 'measured', 'bar', '', 'how'];

function textTable(rows) {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Figures of benches that did not run this time stay. */
async function record(rows) {
  const ran = new Set(rows.map((row) => row.bench));
  const before = existsSync(JSON_FILE) ? JSON.parse(readFileSync(JSON_FILE, 'utf8')).rows : [];
  const all = [...before.filter((row) => !ran.has(row.bench)), ...rows].sort((a, b) =>
    a.bench.localeCompare(b.bench),
  );
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
  writeFileSync(
    JSON_FILE,
    `${JSON.stringify({ measuredAt: new Date().toISOString(), machine, rows: all }, undefined, 2)}\n`,
  );

  const table = [HEAD, HEAD.map(() => '---'), ...all.map(cells)]
    .map((line) => `| ${line.join(' | ')} |`)
    .join('\n');
  const where = `Measured on ${machine.cpus} cores (${machine.cpu}), ${machine.memoryGB} GB, ${machine.platform}, Node ${machine.node}.`;
  const text = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : `# Benchmarks\n\n${MARKS.join('\n')}\n`;
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from < 0 || to < from) throw new Refusal(`${PAGE} lacks its marks ${MARKS.join(' and ')}`);
  const page = `${text.slice(0, from)}${MARKS[0]}\n\n${table}\n\n${where}\n\n${text.slice(to)}`;
  const prettier = require('prettier');
  writeFileSync(
    PAGE,
    await prettier.format(page, { ...(await prettier.resolveConfig(PAGE)), filepath: PAGE }),
  );
}
