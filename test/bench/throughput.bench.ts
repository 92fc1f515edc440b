import type { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { checkGoal } from '../../capabilities/document';
import { registry } from '../../capabilities/registry';
import { describeStart } from '../../client/core/runs/describe-start';
import type { StackState } from '../../runtime/stack-file';
import { BARE_QUEUE, withBareWorker } from './bare-worker';
import { inTurns, onStack } from './on-stack';
import { median, type BenchRow } from './rows';

const SMALL = 60;
const AT_ONCE = 10;
const ROUNDS = Number(process.env.SLUICE_BENCH_ROUNDS ?? 7);

/**
 * How many small goals a second the product's own stack does, beside a bare workflow with as many activities that do
 * nothing.
 */
export function run(): Promise<BenchRow[]> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  return onStack(smallGoals);
}

/** A check of one statement: it only looks, so nobody is asked and nothing is rehearsed. */
const small = (index: number): object => ({
  apiVersion: 'sluice/v1',
  goal: `small-${index}`,
  steps: [{ id: 'sane', check: { sql: 'select 1 where false' } }],
});

/** As the product's client describes a run that it starts. */
function described(index: number): ReturnType<typeof describeStart> {
  return describeStart(checkGoal(small(index), registry), 'apply', 'started by bench');
}

async function smallGoals(client: Client, stack: StackState): Promise<BenchRow[]> {
  const { taskQueue } = stack.worker;
  const round = async (
    name: string,
    start: (id: string, index: number) => Promise<unknown>,
  ): Promise<number> => {
    const begun = performance.now();
    await inTurns(
      Array.from({ length: SMALL }, (_, index) => `${name}-${index}`),
      AT_ONCE,
      start,
    );
    return SMALL / ((performance.now() - begun) / 1_000);
  };
  const ours = (turn: number): Promise<number> =>
    round(`small-${turn}`, async (workflowId, index) =>
      client.workflow.execute('goal', { taskQueue, workflowId, args: [small(index)], ...described(index) }),
    );
  await ours(0);
  const history = await client.workflow.getHandle('small-0-0').fetchHistory();
  const activities = (history.events ?? []).filter(
    (event) => event.activityTaskScheduledEventAttributes,
  ).length;

  const bare = (turn: number): Promise<number> =>
    round(`bare-${turn}`, (workflowId) =>
      client.workflow.execute('bare', { taskQueue: BARE_QUEUE, workflowId, args: [activities] }),
    );
  const [mine, theirs]: number[][] = [[], []];
  await withBareWorker(stack, async () => {
    await bare(0);
    for (let turn = 1; turn <= ROUNDS; turn += 1) {
      mine!.push(await ours(turn));
      theirs!.push(await bare(turn));
    }
  });
  const ratio = median(mine!) / median(theirs!);
  return [
    {
      name: 'throughput of small goals ÷ bare workflow',
      value: ratio,
      unit: '',
      // The bar of this one is from below: at least 0.7.
      ok: ratio >= 0.7,
      detail: `at least 0.7; ${AT_ONCE} at once, ${activities} activities each: ${median(mine!).toFixed(1)} and ${median(theirs!).toFixed(1)} a second, medians of ${ROUNDS}, taking turns`,
    },
  ];
}
