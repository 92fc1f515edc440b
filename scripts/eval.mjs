/**
 * `npm run eval -- [OPTIONS] [TASK|KIND …]`: how well plain words become goals. Asks every task of test/eval, applies what
 * comes of it, looks at what that did, and takes it back.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { main, Refusal, root, say } from './lib/prepare.mjs';
import { setup } from './setup.mjs';

const require = createRequire(import.meta.url);
const JSON_FILE = path.join(root, 'docs', 'evaluation.json');
const PAGE = path.join(root, 'docs', 'evaluation.md');
const MARKS = ['<!-- figures: npm run eval -->', '<!-- end of figures -->'];

const HELP = `npm run eval -- [OPTIONS] [TASK|KIND …]

Asks every task of test/eval (or those named, by a part of the id or by kind), applies what comes of it to a warehouse of
its own, checks what that did by execution, and undoes it. Answers are the recorded ones; with ANTHROPIC_API_KEY set, those
of the model.

  --prove          proves the tasks instead: references pass, broken ones do not, every undo leaves nothing
  --compare FILE   what changed since an older report
  --out FILE       where the report goes; default: docs/evaluation.json and the table in docs/evaluation.md
  --recorded       recorded answers, even if there is a key
  --list           the tasks
`;

main(async () => {
  const { values: flags, positionals: only } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ prove: { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean' } },
      ...{ recorded: { type: 'boolean' }, compare: { type: 'string' }, out: { type: 'string' } },
    },
  });
  if (flags.help) return void process.stdout.write(HELP);
  if (flags.compare && !existsSync(flags.compare)) throw new Refusal(`there is no report ${flags.compare}`);
  await setup();
  require('./lib/typescript-hook.cjs');
  const load = (file) => require(path.join(root, 'test', file));
  const { chosen, prove, ask } = load('eval/main.ts');
  if (chosen(only).length === 0) throw new Refusal(`no task is called ${only.join(' or ')}`);
  if (flags.list) {
    for (const { id, kind, words } of chosen(only))
      process.stdout.write(`${kind.padEnd(11)} ${id.padEnd(28)} ${words}\n`);
    return;
  }
  // Read before it is overwritten.
  const old = flags.compare ? JSON.parse(readFileSync(flags.compare, 'utf8')) : undefined;
  const servers = await start(load);
  try {
    if (flags.prove) {
      const faults = await prove({ only, say });
      say(faults.length === 0 ? 'every task is proven' : `${faults.length} faults`);
      process.exitCode = faults.length === 0 ? 0 : 1;
    } else {
      const key = flags.recorded ? undefined : process.env.ANTHROPIC_API_KEY;
      const found = await ask({ only, say }, key);
      const report = { measuredAt: new Date().toISOString(), commit: commit(), ...found };
      await publish(report, old, only, flags.out, load('eval/report/report.ts'));
      process.exitCode = report.results.every(({ ok }) => ok) ? 0 : 1;
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  process.exit();
});

/** A PostgreSQL and a Temporal of their own, as tests have. */
async function start(load) {
  const cluster = await load('support/postgres-cluster.ts').startTestCluster();
  process.env.SLUICE_TEST_PG_ADMIN_URL = cluster.adminUrl;
  const broker = await load('support/temporal-broker.ts').startTemporalBroker();
  process.env.SLUICE_TEST_TEMPORAL_BROKER = broker.socket;
  return [broker, cluster];
}

async function publish(report, old, only, out, { HEAD, lines, changed }) {
  const rows = [HEAD, ...lines(report, old)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd()}\n`,
    );
  if (old) for (const line of changed(report, old)) process.stdout.write(`${line}\n`);
  // A part of the suite is no report of it.
  if (only.length > 0 && !out) return;
  writeFileSync(out ?? JSON_FILE, `${JSON.stringify(report, undefined, 2)}\n`);
  if (!out) await page(report, [HEAD, ...lines(report)]);
}

async function page(report, [head, ...rows]) {
  const table = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  const failed = report.results.filter(({ ok }) => !ok).map(({ id, wrong }) => `- \`${id}\`: ${wrong[0]}`);
  const text = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : `${MARKS.join('\n')}\n`;
  const [from, to] = MARKS.map((mark) => text.indexOf(mark));
  if (from < 0 || to < from) throw new Refusal(`${PAGE} lacks its marks ${MARKS.join(' and ')}`);
  const where = `Answers: ${report.answers}. Measured ${report.measuredAt.slice(0, 10)} at ${report.commit}.`;
  const figures = [table, where, ...(failed.length > 0 ? [`Failed:\n\n${failed.join('\n')}`] : [])].join(
    '\n\n',
  );
  const whole = `${text.slice(0, from)}${MARKS[0]}\n\n${figures}\n\n${text.slice(to)}`;
  const prettier = require('prettier');
  writeFileSync(
    PAGE,
    await prettier.format(whole, { ...(await prettier.resolveConfig(PAGE)), filepath: PAGE }),
  );
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
