import { realEngine, type RealEngine } from '../e2e/in-process';

jest.setTimeout(180_000);

const EMAIL = 'planted-zq82@example.org';

let engine: RealEngine;
beforeAll(async () => {
  engine = await realEngine('erase_e2e');
});
afterAll(() => engine.close());

it('is rehearsed, waits for its own gate, erases; neither history, shadows nor logs hold the value afterwards', async () => {
  engine.write('people.csv', `id,email\n1,${EMAIL}\n2,other@example.org\n`);
  const loaded = await engine.start({
    goal: 'load',
    steps: [
      {
        id: 'load',
        ingest: { from: { files: 'people.csv' }, into: 'raw.people', key: ['id'], mode: 'merge' },
      },
    ],
  });
  await engine.approve(loaded);
  expect(await engine.outcome(loaded)).toMatchObject({ status: 'succeeded' });

  const request = await engine.services.store.erasures.ask({ email: EMAIL }, 'ann');
  const erasing = await engine.start({
    goal: 'erase',
    steps: [{ id: 'erase', erase: { table: 'raw.people', columns: ['email'], request } }],
  });
  await engine.approve(erasing);
  const document = await engine.outcome(erasing);
  expect(document).toMatchObject({ status: 'succeeded', steps: [{ rows: { deleted: 1 } }] });
  expect((await engine.admin.query('select id::int from raw.people')).rows).toEqual([{ id: 2 }]);

  const payloads = JSON.stringify(await erasing.fetchHistory()).matchAll(/"data":"([^"]+)"/g);
  const history = [...payloads].map(([, data]) => Buffer.from(data!, 'base64').toString('utf8')).join('\n');
  expect(history).toContain('raw.people');
  expect(history).not.toContain(EMAIL);
  expect(engine.log.join('\n')).not.toContain(EMAIL);
  // The request is forgotten with the end of its run.
  const left = await engine.services.store.db.selectFrom('erasure_request').selectAll().execute();
  expect(left).toEqual([]);
  expect(document.checks).toContainEqual(
    expect.objectContaining({ name: 'erase: no row of raw.people is left', ok: true }),
  );

  const undo = await engine.client.workflow.start('undo', {
    ...{ taskQueue: engine.taskQueue, workflowId: `undo-${loaded.workflowId}` },
    args: [{ runId: loaded.workflowId, by: 'ann' }],
  });
  expect(await engine.outcome(undo)).toMatchObject({ status: 'undone' });
});

it('a rejected erasure leaves everything, and forgets the value', async () => {
  await engine.admin.query(
    `create schema if not exists raw; create table raw.kept (email text); insert into raw.kept values ('${EMAIL}')`,
  );
  const request = await engine.services.store.erasures.ask({ email: EMAIL }, 'ann');
  const erasing = await engine.start({
    goal: 'erase',
    steps: [{ id: 'erase', erase: { table: 'raw.kept', columns: ['email'], request } }],
  });
  const { digest } = await engine.status(erasing, ['waiting']);
  await erasing.executeUpdate('decide', { args: [{ verdict: 'reject', digest, by: 'bob', via: 'cli' }] });
  expect(await engine.outcome(erasing)).toMatchObject({ status: 'rejected' });
  expect((await engine.admin.query('select from raw.kept')).rowCount).toBe(1);
  expect(await engine.services.store.erasures.take(request, erasing.workflowId)).toBeUndefined();
});
