import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { RowCounts } from '../../schemas/change';
import type { ChangeRef, RunRef } from '../../schemas/life';
import type { Instruments } from './instruments';

/** What an activity may be given and may return, as far as metrics look. */
interface About {
  run?: RunRef;
  change?: ChangeRef;
}

/** Measures activities from outside: how long, how they ended, and what `apply` says of rows. */
export function activityMetrics(instruments: Instruments): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        const { activityType } = context.info;
        const started = process.hrtime.bigint();
        const about = (input.args[0] ?? {}) as About;
        let outcome = 'ok';
        try {
          const result = await next(input);
          if (activityType === 'apply') countRows(instruments, about.change, result);
          return result;
        } catch (cause) {
          outcome = outcomeOf(cause);
          throw cause;
        } finally {
          const seconds = Number(process.hrtime.bigint() - started) / 1e9;
          instruments.activity.observe({ activity: activityType, outcome }, seconds);
          measure(instruments, activityType, about, outcome, seconds);
        }
      },
    },
  });
}

function measure(
  { step, rehearsal, undo, goals }: Instruments,
  activity: string,
  { run, change }: About,
  outcome: string,
  seconds: number,
): void {
  const goal = goals.label(run?.goal ?? '');
  if (activity === 'undo') undo.observe({ goal, outcome }, seconds);
  if (!change || outcome !== 'ok') return;
  if (activity === 'apply') step.observe({ goal, kind: change.kind }, seconds);
  if (activity === 'rehearse') rehearsal.observe({ goal, kind: change.kind }, seconds);
}

function countRows({ rows, relations }: Instruments, change: ChangeRef | undefined, result: unknown): void {
  const counts = (result as { rows?: RowCounts } | undefined)?.rows;
  // `schema.*` stands for the schema that a step makes on the way.
  const written = change?.writes.find((name) => !name.endsWith('.*'));
  if (!counts || written === undefined) return;
  const relation = relations.label(written);
  for (const [outcome, count] of Object.entries<number>({ ...counts })) {
    if (count > 0) rows.inc({ relation, outcome }, count);
  }
}

/** `ok`, `cancelled`, or the code of the closed set. */
function outcomeOf(cause: unknown): string {
  if (cause instanceof CancelledFailure) return 'cancelled';
  return cause instanceof ApplicationFailure ? (cause.type ?? 'internal') : 'internal';
}
