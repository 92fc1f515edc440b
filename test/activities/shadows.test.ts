import { setTimeout as sleep } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Services } from '../../activities/services';
import { closeShadow, dropShadow, openShadow } from '../../activities/shadow';
import type { RunRef } from '../../schemas/life';
import type { RunDocument } from '../../schemas/run';
import { leftShadowsTask } from '../../workers/left-shadows';
import { shadowDatabase } from '../../warehouses/postgres/shadow/names';
import { LifeBed, problemOf } from '../retention/life-bed';

jest.setTimeout(60_000);

let bed: LifeBed;
let run: RunRef;
beforeAll(async () => {
  bed = await LifeBed.make('shadows');
  await bed.rows('create schema raw authorization sluice_writer');
});
afterAll(() => bed.close());
beforeEach(async () => {
  const sql = { statements: 'create table raw.made (id integer)' };
  ({ run } = await bed.propose({ goal: 'g', steps: [{ id: 's', sql }] }));
});

/** An activity of a worker, the `attempt`th at it. */
const as = <T>(attempt: number, work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({ attempt }).run<[], T, () => Promise<T>>(work);

/** A worker that is killed as soon as its activity has answered: what it left for later never happens. */
const dying = (): Services => ({ ...bed.services, shadows: new Map(), later: () => undefined });

const exists = async (): Promise<boolean> =>
  (await bed.rows('select from pg_database where datname = $1', [shadowDatabase(run.runId)])).length > 0;

/** What a worker does about shadows that others have left, to its end. */
async function lookAfter(): Promise<void> {
  const under: Promise<void>[] = [];
  const later = (_: string, work: () => Promise<void>): void => void under.push(work());
  await leftShadowsTask({ ...bed.services, later }).tick(new AbortController().signal);
  await Promise.all(under);
}

async function inBackground(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

const book = (): Promise<unknown[]> => bed.services.store.shadows.left();

async function opened(services: Services): Promise<void> {
  await as(1, () => openShadow(services, run));
  for (const shadow of services.shadows.values()) await shadow.close();
}

it('goes after its rehearsal, and nothing of it stays on record', async () => {
  await as(1, () => openShadow(bed.services, run));
  await as(1, () => dropShadow(bed.services, run));
  await inBackground(async () => !(await exists()) && (await book()).length === 0);
});

it('whose worker is killed after the rehearsal, before the database is dropped, is dropped by another', async () => {
  await opened(dying());
  await as(1, () => dropShadow(dying(), run));
  expect(await exists()).toBe(true);
  await lookAfter();
  expect(await exists()).toBe(false);
  expect(await book()).toEqual([]);
});

it('that its run still needs is left alone', async () => {
  await opened(dying());
  await lookAfter();
  expect(await exists()).toBe(true);
  await as(1, () => dropShadow(bed.services, run));
});

it('of a run that was cancelled while it was made goes when the run has ended', async () => {
  await opened(dying());
  const document: RunDocument = {
    ...{ goal: run.goal, runId: run.runId, workflowId: run.runId, status: 'rolled_back' },
    ...{ digest: '', steps: [], checks: [] },
  };
  await bed.activity('record', { run, document, by: 'ann' });
  await lookAfter();
  expect(await exists()).toBe(false);
});

it('that was opened again while somebody was about to drop it is left alone', async () => {
  await opened(dying());
  await as(1, () => dropShadow(dying(), run));
  const left = bed.services.store.shadows.left.bind(bed.services.store.shadows);
  const looking = jest.spyOn(bed.services.store.shadows, 'left').mockImplementationOnce(async () => {
    const found = await left();
    await opened(dying());
    return found;
  });
  await lookAfter();
  looking.mockRestore();
  expect(await exists()).toBe(true);
  await as(1, () => dropShadow(bed.services, run));
});

it('is not made any more by an attempt that was given up, whenever that comes to', async () => {
  await as(2, () => openShadow(bed.services, run));
  const oid = (): Promise<unknown[]> =>
    bed.rows('select oid from pg_database where datname = $1', [shadowDatabase(run.runId)]);
  const before = await oid();
  expect(await problemOf(as(1, () => openShadow(dying(), run)))).toMatchObject({ code: 'rehearsal_failed' });
  expect(await oid()).toEqual(before);
  const report = await as(1, () =>
    closeShadow(bed.services, { run, changes: [], rehearsed: [], openGaps: [] }),
  );
  expect(report.undoProven).toBe(true);
  await as(1, () => dropShadow(bed.services, run));
});

it('is not made when the run ended while it waited to be', async () => {
  const warehouse = await bed.services.warehouse(bed.bundle({ goal: 'g', steps: [{ id: 's', sweep: {} }] }));
  const openLate = jest.spyOn(warehouse, 'openShadow').mockImplementationOnce(async (id, wanted) => {
    await as(1, () => dropShadow(dying(), run));
    await lookAfter();
    return warehouse.openShadow(id, wanted);
  });
  expect(await problemOf(as(1, () => openShadow(dying(), run)))).toMatchObject({ code: 'rehearsal_failed' });
  openLate.mockRestore();
  expect(await exists()).toBe(false);
});

it('on a server that is away stays on record until it is back', async () => {
  await opened(dying());
  await as(1, () => dropShadow(dying(), run));
  const warehouse = await bed.services.warehouse(bed.bundle({ goal: 'g', steps: [{ id: 's', sweep: {} }] }));
  const away = jest.spyOn(warehouse, 'dropShadow').mockRejectedValueOnce(new Error('the server is away'));
  await lookAfter();
  away.mockRestore();
  expect(await book()).toHaveLength(1);
  expect(await exists()).toBe(true);
  await lookAfter();
  expect(await exists()).toBe(false);
});
