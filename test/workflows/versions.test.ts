import { randomUUID } from 'node:crypto';
import { Connection, type WorkflowHandle } from '@temporalio/client';
import {
  type DeploymentTarget,
  describeDeployment,
  rampVersion,
  setCurrentVersion,
} from '../../runtime/temporal/deployments';
import type { RunDocument } from '../../schemas/run';
import { deploymentOf } from '../../workers/tuning';
import { testTemporal } from '../support/temporal';
import { DIGEST, scripted, type Scripted } from './scripted';

jest.setTimeout(90_000);

/** VERSIONING_BEHAVIOR_PINNED and _AUTO_UPGRADE of temporal.api.enums.v1. */
const [PINNED, AUTO_UPGRADE] = [1, 2];

describe('two versions of the workers', () => {
  const deployment = `versions-${randomUUID().slice(0, 8)}`;
  const taskQueue = `queue-${deployment}`;
  let target: DeploymentTarget;
  let connection: Connection;
  let old: Scripted;
  let next: Scripted | undefined;

  const version = (build: string): Promise<Scripted> =>
    scripted({
      taskQueue,
      deployment: deploymentOf({ SLUICE_DEPLOYMENT: deployment, SLUICE_BUILD_ID: build })!,
    });
  const behaviour = async (handle: WorkflowHandle): Promise<number | null | undefined> =>
    (await handle.describe()).raw.workflowExecutionInfo?.versioningInfo?.behavior;

  beforeAll(async () => {
    const { address, namespace } = await testTemporal();
    connection = await Connection.connect({ address });
    target = { connection, namespace, deployment };
    old = await version('old');
    await setCurrentVersion(target, 'old');
  });
  afterAll(async () => {
    await next?.close();
    await connection.close();
  });

  it('a run that only plans is pinned to the one it began with; one that may wait is not', async () => {
    const plan = await old.start({ mode: 'plan' });
    const apply = await old.start();
    await Promise.all([plan, apply].map((run) => old.until(run, 'waiting')));
    expect(await behaviour(plan)).toBe(PINNED);
    expect(await behaviour(apply)).toBe(AUTO_UPGRADE);
  });

  it('a run that waits at its gate goes on with the next one when the old one is gone', async () => {
    const handle = await old.start();
    await old.until(handle, 'waiting');
    next = await version('next');
    await rampVersion(target, 'next', 25);
    expect(await describeDeployment(target)).toMatchObject({
      current: 'old',
      ramping: { build: 'next', percentage: 25 },
    });
    await setCurrentVersion(target, 'next');
    expect(await describeDeployment(target)).toMatchObject({ current: 'next', ramping: null });
    await old.close();

    const waiting = next.client.workflow.getHandle(handle.workflowId);
    const answer = await waiting.executeUpdate<RunDocument, [object]>('decide', {
      args: [{ verdict: 'approve', digest: DIGEST, by: 'ann', via: 'cli' }],
    });
    expect(answer.digest).toBe(DIGEST);
    expect(await waiting.result()).toMatchObject({ status: 'succeeded' });
    expect(next.calls).toContain('apply:a');
  });

  it('of which one is unknown cannot be made the current one', async () => {
    await expect(describeDeployment({ ...target, deployment: 'nobody' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
