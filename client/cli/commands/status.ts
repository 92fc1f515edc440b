import pc from 'picocolors';
import type { StatusDocument } from '../../../runtime/stack/status';
import { withClient } from '../../../runtime/postgres/connect';
import { embeddedStoreUrl } from '../../../runtime/postgres/embedded-store';
import { psqlCommand, status } from '../../../runtime/stack/status';
import { type OpenRuns, openRuns } from '../../../store/open-runs';
import { ERROR_CODES } from '../../../schemas/errors';
import type { StackCommandOptions, StackCommandResult } from './stack-command';
import { homeOf } from './stack-command';

/** Milliseconds the store may take to say which runs are open. */
const ANSWER_MS = 3_000;

/** `sluice status`: exit 0 when every part answers, 6 otherwise. Never throws for a stack that is down. */
export async function statusCommand(
  options: StackCommandOptions = {},
): Promise<StackCommandResult<StatusDocument>> {
  const home = homeOf(options);
  const [document, runs] = await Promise.all([status(home), runsOf(home)]);
  return statusResult(document, runs);
}

/** `runs`: those that have not ended, where the store is this stack's and answers. */
export function statusResult(
  document: StatusDocument,
  runs?: OpenRuns,
): StackCommandResult<StatusDocument & { runs: OpenRuns | null }> {
  const exitCode = document.ok ? 0 : ERROR_CODES.service_unreachable.exit;
  return {
    document: { ...document, runs: runs ?? null },
    text: renderStatus(document, runs),
    exitCode,
  };
}

async function runsOf(home: string): Promise<OpenRuns | undefined> {
  const url = embeddedStoreUrl(home);
  return url === undefined ? undefined : withClient(url, ANSWER_MS, openRuns).catch(() => undefined);
}

export function renderStatus(document: StatusDocument, runs?: OpenRuns): string {
  const { temporal, postgres, supervisor } = document;
  const port = postgres.url === null ? '' : `127.0.0.1:${new URL(postgres.url).port}`;
  const lines = [
    document.ok ? pc.green('● The stack is up') : pc.red('○ The stack is not up'),
    row('home', document.home),
    ...(temporal.address === null
      ? []
      : [
          row('PostgreSQL', `${port}${process(postgres.pid)}`),
          row(
            'Temporal',
            `${temporal.address}, namespace ${temporal.namespace}${document.cluster ? ', on PostgreSQL' : ''}${process(temporal.pid)}`,
          ),
          ...workerRows(document),
          row('supervisor', process(supervisor.pid).trim()),
        ]),
    ...document.problems.map((problem) => pc.yellow(`  ! ${problem}`)),
  ];
  if (document.ok) {
    const pages = document.workers.flatMap(({ metrics }) => metrics ?? []);
    if (pages.length > 0) lines.push(row('metrics', pc.cyan(pages.join(' '))));
    if (temporal.ui !== null) lines.push(row('web UI', pc.cyan(temporal.ui)));
    lines.push(row('warehouse', pc.cyan(psqlCommand(document.home))));
    if (runs) lines.push(...runRows(runs, document));
  }
  if (!document.ok || supervisor.pid === null) {
    lines.push('', `Next: ${pc.bold('sluice up')} starts it; ${pc.bold('sluice doctor')} looks closer.`);
  }
  return lines.join('\n');
}

/** How many runs have not ended, those that wait for a person by name, and where Temporal's UI lists just these. */
function runRows({ waiting, held, underWay, oldest }: OpenRuns, { temporal }: StatusDocument): string[] {
  const parts = [
    ...(waiting > 0 ? [pc.yellow(`${waiting} ${waiting === 1 ? 'waits' : 'wait'} for a decision`)] : []),
    ...(held > 0 ? [pc.yellow(`${held} failed and ${held === 1 ? 'is' : 'are'} held for a person`)] : []),
    ...(underWay > 0 ? [`${underWay} under way`] : []),
  ];
  if (parts.length === 0) return [row('runs', 'none waits for anybody')];
  const query = encodeURIComponent("SluiceWaitingFor='approval'");
  return [
    row('runs', parts.join(', ')),
    ...oldest.map(({ runId, status }) =>
      row('', `sluice show ${runId}${status === 'held' ? pc.dim('  (held)') : ''}`),
    ),
    ...(waiting > oldest.length ? [row('', 'sluice runs --status waiting')] : []),
    ...(waiting > 0 && temporal.ui !== null
      ? [row('', pc.cyan(`${temporal.ui}/namespaces/${temporal.namespace}/workflows?query=${query}`))]
      : []),
  ];
}

function workerRows({ worker, workers }: StatusDocument): string[] {
  if (workers.length < 2) return [row('worker', `task queue ${worker.taskQueue}${process(worker.pid)}`)];
  return workers.map(({ pid, restarts }, index) => {
    const again = restarts === 0 ? '' : pc.dim(`, came back ${restarts} times`);
    return row(`worker ${index + 1}`, `task queue ${worker.taskQueue}${process(pid)}${again}`);
  });
}

const row = (name: string, value: string): string => `  ${pc.dim(name.padEnd(11))}${value}`;

const process = (pid: number | null): string =>
  pid === null ? pc.red('  not running') : pc.dim(`  process ${pid}`);
