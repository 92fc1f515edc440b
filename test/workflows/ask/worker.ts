import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { configSchema } from '../../../schemas/config';
import { createServices } from '../../../workers/services';
import { createWorker } from '../../../workers/worker';
import { testParts } from './parts';
import type { WorkerSettings } from './killable';

/** A worker with the test's roles and tools, in a process of its own, so that it can be killed. */
async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const settings = JSON.parse(process.argv[2]!) as WorkerSettings;
  const { host, port, database, password, root } = settings;
  const login = (user: string) => ({ user, password });
  const quiet = (): void => undefined;
  const services = await createServices({
    storeUrl: settings.storeUrl,
    local: {
      ...{ name: 'local', host, port, database, environment: 'dev' },
      reader: login('sluice_reader'),
      writer: login('sluice_writer'),
      admin: login('postgres'),
      rehearsal: login('sluice_rehearsal'),
    },
    project: { config: configSchema.parse({}), root },
    resolveSecret: () => Promise.resolve(settings.apiKey),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    ask: testParts(),
    env: {},
  });
  const worker = await createWorker({
    connection: await NativeConnection.connect({ address: settings.address }),
    namespace: settings.namespace,
    taskQueue: settings.taskQueue,
    services,
    workflowBundle: { codePath: settings.codePath },
  });
  process.send?.('working');
  await worker.run();
}

void main();
