import { z } from 'zod';
import { nameSchema } from '../../../schemas/goal';
import { RUN_STATUSES } from '../../../schemas/run';
import type { ScheduleRow } from '../../../store/schedules';
import type { Bundle } from '../../services';
import { maskedDocument } from '../mask/document';
import { nameAsData } from '../mask/names';
import { fitting } from './limits';
import type { Tool, ToolContext } from './tool';

const inputSchema = z.strictObject({
  goal: nameSchema.optional().describe('Only runs of this goal.'),
  status: z.enum(RUN_STATUSES).optional(),
  limit: z.number().int().min(1).max(100).default(20),
});

export const listRuns: Tool<z.infer<typeof inputSchema>> = {
  name: 'list_runs',
  description:
    'Past and present runs, newest first: goal, status, error code, when; and which goals there are with their schedules. Use it to see what runs by itself and what failed; read_run says more of one.',
  input: inputSchema,
  async run({ goal, status, limit }, ctx) {
    ctx.heartbeat();
    const { store } = ctx.services;
    const rows = await store.runs.list({ ...(goal ? { goal } : {}), ...(status ? { status } : {}), limit });
    const runs = rows.map((row) => ({
      run: nameAsData(row.runId, 120),
      goal: nameAsData(row.goal),
      mode: row.mode,
      status: row.status,
      ...(row.document?.error ? { error: row.document.error.code, step: row.document.error.step } : {}),
      started: row.startedAt.toISOString(),
      seconds: Math.round((row.updatedAt.getTime() - row.startedAt.getTime()) / 1_000),
    }));
    const scheduled = goal === undefined ? await store.schedules.list() : [await store.schedules.find(goal)];
    const goals = await Promise.all(
      scheduled.filter((row) => row !== undefined).map((row) => byItself(row, ctx)),
    );
    return { content: fitting({ runs, ...(goals.length > 0 ? { by_themselves: goals } : {}) }) };
  },
};

/** A goal that runs by itself: when, or after which others. */
async function byItself({ goal, bundle, after, paused }: ScheduleRow, ctx: ToolContext): Promise<object> {
  const found = await ctx.services.store.artifacts.getJson<Bundle>(bundle).catch(() => undefined);
  const { schedule, trigger } = found?.goal ?? {};
  return {
    goal: nameAsData(goal),
    ...(schedule ? { schedule: await maskedDocument(schedule) } : {}),
    ...(trigger ? { trigger: await maskedDocument(trigger) } : {}),
    ...(after.length > 0 ? { after: after.map((name) => nameAsData(name)) } : {}),
    ...(paused ? { paused: true } : {}),
  };
}
