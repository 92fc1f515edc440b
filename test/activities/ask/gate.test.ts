import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Bundle } from '../../../activities/services';
import { checkGoal } from '../../../capabilities/document';
import { registry } from '../../../capabilities/registry';
import type { Asked } from '../../../schemas/ask';
import { configSchema } from '../../../schemas/config';
import type { Proposal, RunDocument } from '../../../schemas/run';
import { realEngine, type RealEngine } from '../../e2e/in-process';

jest.setTimeout(120_000);

let engine: RealEngine;
beforeAll(async () => {
  engine = await realEngine('asked_gate');
});
afterAll(() => engine?.close());

const BEYOND = { what: 'relation', name: 'public.exfil', reason: 'nothing of it is in the words' };

function asked(over: Partial<Asked> = {}): Asked {
  const none = { assumptions: [], questions: [], citations: [], beyond: [] };
  return { askId: 'ask-1', text: 'make it', by: 'ann', explanation: 'It makes it.', ...none, ...over };
}

let made = 0;

class Made {
  readonly goal = `asked-${randomUUID().slice(0, 8)}`;
  readonly table = `asked.t${++made}`;

  /** Under a policy that asks for nobody, unless another is given. */
  async start(
    words: Asked | undefined,
    policy: string | undefined = 'floor: auto',
    step: object = { model: { name: this.table, sql: 'select random() as r, now() as at' } },
  ): Promise<WorkflowHandle> {
    const document = { apiVersion: 'sluice/v1', goal: this.goal, steps: [{ id: 'make', ...step }] };
    const bundle: Bundle = {
      goal: checkGoal(document, registry),
      config: configSchema.parse({}),
      root: engine.root,
      files: {},
      ...(words ? { asked: words } : {}),
      ...(policy === undefined ? {} : { policy }),
    };
    return engine.start(document, {
      bundle: await engine.services.store.artifacts.putJson('bundle', bundle),
    });
  }
}

const proposalOf = async (document: RunDocument): Promise<Proposal> => {
  const [row] = await engine.services.store.runs.find(document.runId);
  return engine.services.store.artifacts.getJson<Proposal>(row!.proposal!);
};

it('a goal from plain words that does what they say needs no more than policy asks for', async () => {
  const handle = await new Made().start(asked());
  expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
});

it('what goes beyond the words waits for a person whatever policy says, with the reason', async () => {
  const handle = await new Made().start(asked({ beyond: [BEYOND] }));
  const waiting = await engine.status(handle, ['waiting']);
  const proposal = await proposalOf(waiting);
  expect(proposal.asked).toEqual(asked({ beyond: [BEYOND] }));
  expect(proposal.gates[0]).toMatchObject({
    approvers: 1,
    beyond: ['public.exfil: nothing of it is in the words'],
    reason: expect.stringContaining('goes beyond what was asked for (public.exfil)') as string,
  });
  await engine.approve(handle, 'bea');
  expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
});

it('a run that would change nothing waits for nobody, whatever of it goes beyond the words', async () => {
  engine.write('rows.csv', 'id\n1\n2\n');
  const it = new Made();
  const load = { ingest: { from: { files: 'rows.csv' }, into: it.table } };
  await engine.outcome(await it.start(asked(), undefined, load));
  const again = await it.start(asked({ beyond: [BEYOND] }), undefined, load);
  expect(await engine.outcome(again)).toMatchObject({ status: 'succeeded', nothingNew: true });
  expect(await engine.services.store.runs.get(again.workflowId)).toMatchObject({ status: 'succeeded' });
});

it('no standing approval covers what goes beyond the words', async () => {
  const it = new Made();
  const first = await it.start(undefined, 'floor: 1');
  const { digest } = await engine.status(first, ['waiting']);
  const standing = { expiresMs: 86_400_000, bounds: {} };
  await first.executeUpdate('decide', {
    args: [{ verdict: 'approve', digest, by: 'ann', via: 'cli', standing }],
  });
  await engine.outcome(first);
  const covered = await it.start(asked(), 'floor: 1');
  expect(await engine.outcome(covered)).toMatchObject({ status: 'succeeded', standing: { by: ['ann'] } });
  const beyond = await it.start(asked({ beyond: [BEYOND] }), 'floor: 1');
  const proposal = await proposalOf(await engine.status(beyond, ['waiting']));
  expect(proposal.standing).toMatchObject({
    why: ['no standing approval covers what goes beyond the words'],
  });
});

it('what is assumed is part of what is approved; who asked, and when, is not', async () => {
  const it = new Made();
  const digests: string[] = [];
  for (const words of [
    asked({ assumptions: ['With tax.'] }),
    asked({ assumptions: ['With tax.'], askId: 'ask-2', by: 'bea' }),
    asked({ assumptions: ['Without tax.'] }),
  ]) {
    const handle = await it.start(words, 'floor: 1');
    digests.push((await engine.status(handle, ['waiting'])).digest);
    await handle.cancel();
    await engine.outcome(handle);
  }
  expect(digests[1]).toBe(digests[0]);
  expect(digests[2]).not.toBe(digests[0]);
});
