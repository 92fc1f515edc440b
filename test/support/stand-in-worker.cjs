// Polls the task queue as a worker does, and does nothing else: for tests of the stack alone.
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { Connection } = require('@temporalio/client');

process.once('SIGTERM', () => process.exit(0));

async function main() {
  const { temporal, worker } = JSON.parse(
    readFileSync(path.join(process.env.SLUICE_HOME, 'stack.json'), 'utf8'),
  );
  const connection = await Connection.connect({ address: temporal.address });
  for (;;) {
    const deadline = Date.now() + 60_000;
    await connection
      .withDeadline(deadline, () =>
        connection.workflowService.pollWorkflowTaskQueue({
          namespace: temporal.namespace,
          taskQueue: { name: worker.taskQueue },
          identity: `${process.pid}@stand-in`,
        }),
      )
      .catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
  }
}

main();
