import type { Bundle } from '../../../activities/services';
import { startRun } from '../runs/start';
import type { Link } from '../stack';
import { steerBackfill } from './backfills';
import { rowOf } from './row';
import { clockId, exists, filesId, settle } from './temporal';

/** Nothing starts the goal any more, a backfill neither, until it is resumed; what runs goes on. */
export async function pauseSchedule(link: Link, goal: string, note: string): Promise<void> {
  await rowOf(link, goal);
  await link.store.schedules.pause(goal, true);
  for (const id of await idsOf(link, goal)) await link.client.schedule.getHandle(id).pause(note);
  await steerBackfill(link, goal, 'pause');
}

export async function resumeSchedule(link: Link, goal: string, note: string): Promise<void> {
  await rowOf(link, goal);
  for (const id of await idsOf(link, goal)) await link.client.schedule.getHandle(id).unpause(note);
  await link.store.schedules.pause(goal, false);
  await steerBackfill(link, goal, 'resume');
}

/** Its backfill ends with it; the runs that it started live on. */
export async function removeSchedule(link: Link, goal: string): Promise<void> {
  await rowOf(link, goal);
  await settle(link, clockId(goal), undefined);
  await settle(link, filesId(goal), undefined);
  await steerBackfill(link, goal, 'cancel');
  await link.store.schedules.remove(goal);
}

/** Starts a run now, whatever else runs; parameters are bound from now. Returns its workflow's id. */
export async function triggerSchedule(link: Link, goal: string, by: string): Promise<string> {
  const row = await rowOf(link, goal);
  const bundle = await link.store.artifacts.getJson<Bundle>(row.bundle);
  const run = await startRun(link, bundle, 'apply', by, { scheduledAt: new Date().toISOString() });
  return run.workflowId;
}

async function idsOf(link: Link, goal: string): Promise<string[]> {
  const ids = [clockId(goal), filesId(goal)];
  const there = await Promise.all(ids.map((id) => exists(link, id)));
  return ids.filter((_, index) => there[index]);
}
