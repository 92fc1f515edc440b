import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { Services } from '../activities/services';
import { HEADS_FILE, homeSigningKey } from '../governance/audit/home-key';
import { HeadSigner } from '../governance/audit/sign-heads';
import type { ResolveSecret } from '../governance/secrets';
import { LineageOutbox } from '../store/lineage/outbox';
import { closedRunsTask } from './closed-runs';
import { leftShadowsTask } from './left-shadows';
import { fileTask, httpTask } from './lineage-sender';
import { lineageEndpoint } from './lineage-settings';
import { type Recorder, type RecorderTask, startRecorder } from './recorder';

/** Every event, a line each, as it is sent elsewhere. */
const LINEAGE_FILE = 'lineage.ndjson';

/** The recorder of a worker that has a home: what is kept outside of the database is kept there. */
export function startHomeRecorder(
  services: Services,
  home: string,
  { resolveSecret, resolveOwn }: { resolveSecret: ResolveSecret; resolveOwn: ResolveSecret },
  client: Client,
): Recorder {
  const { store, log } = services;
  const outbox = new LineageOutbox(store.db);
  const endpoint = lineageEndpoint(services.project.config, resolveSecret);
  return startRecorder({
    store,
    log,
    tasks: [
      signingTask(services, home, resolveOwn),
      fileTask(outbox, join(home, LINEAGE_FILE)),
      httpTask(outbox, endpoint),
      leftShadowsTask(services),
      closedRunsTask(store, client, log),
    ],
  });
}

/** The key is asked for when it is needed, and again while it cannot be had. */
function signingTask({ store }: Services, home: string, resolveOwn: ResolveSecret): RecorderTask {
  let signer: HeadSigner | undefined;
  return {
    name: 'signing the audit log',
    async tick() {
      signer ??= new HeadSigner(store, await homeSigningKey(home, resolveOwn), join(home, HEADS_FILE));
      await signer.tick();
    },
  };
}
