import pc from 'picocolors';
import type { StatusDocument } from '../../../runtime/stack/status';
import { psqlCommand, status } from '../../../runtime/stack/status';
import { ERROR_CODES } from '../../../schemas/errors';
import type { StackCommandOptions, StackCommandResult } from './stack-command';
import { homeOf } from './stack-command';

/** `sluice status`: exit 0 when every part answers, 6 otherwise. Never throws for a stack that is down. */
export async function statusCommand(
  options: StackCommandOptions = {},
): Promise<StackCommandResult<StatusDocument>> {
  return statusResult(await status(homeOf(options)));
}

export function statusResult(document: StatusDocument): StackCommandResult<StatusDocument> {
  const exitCode = document.ok ? 0 : ERROR_CODES.service_unreachable.exit;
  return { document, text: renderStatus(document), exitCode };
}

function renderStatus(document: StatusDocument): string {
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
  }
  if (!document.ok || supervisor.pid === null) {
    lines.push('', `Next: ${pc.bold('sluice up')} starts it; ${pc.bold('sluice doctor')} looks closer.`);
  }
  return lines.join('\n');
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
