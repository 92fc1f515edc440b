import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { StandingBounds } from '../../schemas/standing';
import type { Proposal, RunDocument } from '../../schemas/run';
import { keepHistory } from './histories';
import { realEngine, type RealEngine } from './in-process';

jest.setTimeout(120_000);

let engine: RealEngine;
beforeAll(async () => {
  engine = await realEngine('standing');
});
afterAll(() => engine?.close());

const MONTH = 30 * 86_400_000;
let made = 0;

/** Loads a folder of files, and makes a table from it if it `counts`. */
class Daily {
  readonly goal = `daily-${randomUUID().slice(0, 8)}`;
  readonly schema = `standing_${++made}`;

  private readonly count = {
    id: 'count',
    needs: ['load'],
    model: {
      name: `${this.schema}.counted`,
      sql: `select count(*)::int as n from ${this.schema}.rows`,
    },
  };

  constructor(
    private readonly over: object = {},
    private readonly counts = false,
  ) {
    this.file('a', 1);
  }

  file(name: string, ...ids: (number | string)[]): void {
    engine.write(`${this.schema}/${name}.csv`, `id\n${ids.join('\n')}\n`);
  }

  document(more: object = {}): object {
    return {
      goal: this.goal,
      steps: [
        {
          id: 'load',
          ingest: {
            from: { files: `${this.schema}/*.csv` },
            into: `${this.schema}.rows`,
            quarantine: { limit: 5 },
          },
        },
        ...(this.counts ? [this.count] : []),
      ],
      ...this.over,
      ...more,
    };
  }

  /** Approved by a person, for later runs as well. */
  async approved(bounds: StandingBounds = {}, expiresMs = MONTH): Promise<WorkflowHandle> {
    const handle = await engine.start(this.document());
    const { digest } = await engine.status(handle, ['waiting']);
    const standing = { expiresMs, bounds };
    await handle.executeUpdate('decide', {
      args: [{ verdict: 'approve', digest, by: 'ann', via: 'cli', standing }],
    });
    expect(await engine.outcome(handle)).toMatchObject({ status: 'succeeded' });
    return handle;
  }

  async ran(more: object = {}): Promise<RunDocument> {
    const handle = await engine.start(this.document(more));
    const { status } = await engine.status(handle, ['waiting', 'succeeded', 'applying']);
    return status === 'waiting' ? handle.query<RunDocument>('status') : engine.outcome(handle);
  }

  async ids(): Promise<number> {
    const { rows } = await engine.admin.query<{ n: string }>(`select count(*) as n from ${this.schema}.rows`);
    return Number(rows[0]!.n);
  }
}

const proposalOf = async (runId: string): Promise<Proposal> => {
  const [row] = await engine.services.store.runs.find(runId);
  return engine.services.store.artifacts.getJson<Proposal>(row!.proposal!);
};

describe('a standing approval', () => {
  it('lets the next run go on without a person, with a digest of its own, and is on the record', async () => {
    const daily = new Daily({}, true);
    const first = await daily.approved();
    daily.file('b', 2, 3);
    const handle = await engine.start(daily.document());
    const second = await engine.outcome(handle);
    expect(second).toMatchObject({
      status: 'succeeded',
      standing: { by: ['ann'] },
      steps: [{ rows: { inserted: 2 } }, { status: 'applied' }],
    });
    expect(second.digest).not.toBe((await engine.outcome(first)).digest);
    const proposal = await proposalOf(second.runId);
    expect(proposal).toMatchObject({
      digest: second.digest,
      gates: [{ approvers: 1 }],
      standing: { covered: { by: ['ann'] } },
    });
    const events = await engine.services.store.db
      .selectFrom('event')
      .selectAll()
      .where('run_id', '=', second.runId)
      .execute();
    expect(events.find(({ event }) => event === 'proposed')!.data).toMatchObject({
      standing: { by: ['ann'] },
    });
    await keepHistory('covered', handle);
  });

  it('covers a step that had nothing new when it was given', async () => {
    const daily = new Daily();
    const other = `${daily.schema}_other`;
    engine.write(`${other}/a.csv`, 'id\n1\n');
    const steps = [
      ...(daily.document() as { steps: object[] }).steps,
      { id: 'other', ingest: { from: { files: `${other}/*.csv` }, into: `${other}.rows` } },
    ];
    const both = new Daily({ steps });
    const first = await engine.start(both.document());
    await engine.approve(first);
    await engine.outcome(first);
    daily.file('b', 2);
    await both.approved();
    engine.write(`${other}/b.csv`, 'id\n2\n');
    expect(await both.ran()).toMatchObject({ status: 'succeeded', standing: { by: ['ann'] } });
  });

  it('covers other values of what the time binds, and nothing else of another document', async () => {
    const params = { day: { type: 'date', from: 'schedule', default: '2026-03-01' } };
    const daily = new Daily({ params });
    await daily.approved();
    daily.file('b', 2);
    const tomorrow = { params: { day: { ...params.day, default: '2026-03-02' } } };
    expect(await daily.ran(tomorrow)).toMatchObject({ status: 'succeeded', standing: { by: ['ann'] } });
    daily.file('c', 3);
    expect(await daily.ran({ description: 'another' })).toMatchObject({ status: 'waiting' });
  });

  it('does not cover a table that somebody changed', async () => {
    const daily = new Daily();
    await daily.approved();
    await engine.admin.query(`grant select on ${daily.schema}.rows to public`);
    daily.file('b', 2);
    const { runId, status } = await daily.ran();
    expect(status).toBe('waiting');
    expect((await proposalOf(runId)).standing!.why!.join()).toContain(
      `${daily.schema}.rows has another structure`,
    );
  });

  it('does not cover more rows than were approved', async () => {
    const daily = new Daily();
    await daily.approved({ maxRows: 3 });
    daily.file('b', 2);
    expect(await daily.ran()).toMatchObject({ status: 'succeeded' });
    daily.file('c', 3, 4, 5, 6);
    const { runId, status } = await daily.ran();
    expect(status).toBe('waiting');
    expect((await proposalOf(runId)).standing!.why!.join()).toContain('at most 3 rows');
    expect(await daily.ids()).toBe(2);
  });

  it('that is passed by what was really set aside is caught before the commit', async () => {
    const daily = new Daily();
    await daily.approved({ maxQuarantine: 1 });
    daily.file('b', 2, 'x', 'y');
    const handle = await engine.start(daily.document());
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'stale',
      error: {
        code: 'proposal_stale',
        step: 'load',
        message: expect.stringContaining('2 rows set aside, and at most 1') as string,
      },
    });
    expect(await daily.ids()).toBe(1);
  });

  it('that is revoked or has expired asks again', async () => {
    const daily = new Daily();
    await daily.approved();
    expect(await engine.services.store.standing.revoke(daily.goal, 'bob')).toHaveLength(1);
    daily.file('b', 2);
    const { runId, status } = await daily.ran();
    expect(status).toBe('waiting');
    expect((await proposalOf(runId)).standing!.why).toEqual([
      'the standing approval of ann: was revoked by bob',
    ]);
    const short = new Daily();
    await short.approved({}, 1);
    short.file('b', 2);
    expect(await short.ran()).toMatchObject({ status: 'waiting' });
  });

  it('that is revoked while a covered run is under way ends the run before its next step', async () => {
    const daily = new Daily({}, true);
    await daily.approved();
    daily.file('b', 2);
    // The load waits for this lock, and is through with what it was allowed when the revocation comes.
    await engine.admin.query(`begin; lock table ${daily.schema}.rows in share mode`);
    const handle = await engine.start(daily.document());
    await engine.status(handle, ['applying']);
    const waits = `select 1 from pg_locks where not granted and relation = '${daily.schema}.rows'::regclass`;
    for (const end = Date.now() + 20_000; Date.now() < end;) {
      if ((await engine.admin.query(waits)).rowCount === 1) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await engine.services.store.standing.revoke(daily.goal, 'bob');
    await engine.admin.query('commit');
    expect(await engine.outcome(handle)).toMatchObject({
      status: 'stale',
      error: { code: 'proposal_stale', message: expect.stringContaining('revoked by bob') as string },
    });
    expect(await daily.ids()).toBe(1);
  });

  it('goes with its run: undoing that takes it back', async () => {
    const daily = new Daily();
    const { workflowId } = await daily.approved();
    const undo = await engine.client.workflow.start('undo', {
      taskQueue: engine.taskQueue,
      workflowId: `undo-${workflowId}`,
      args: [{ runId: workflowId, by: 'bob' }],
    });
    await undo.result();
    const [grant] = await engine.services.store.standing.list({ goal: daily.goal });
    expect(grant).toMatchObject({ revokedBy: 'bob' });
  });

  it('is not given by a decision that was not counted', async () => {
    const daily = new Daily();
    const handle = await engine.start(daily.document());
    await engine.status(handle, ['waiting']);
    const stale = {
      verdict: 'approve',
      digest: 'f'.repeat(64),
      by: 'ann',
      via: 'cli',
      standing: { expiresMs: MONTH, bounds: {} },
    };
    await expect(handle.executeUpdate('decide', { args: [stale] })).rejects.toThrow();
    expect(await engine.services.store.standing.list({ goal: daily.goal })).toEqual([]);
  });
});
