import type { RelationName } from '../schemas/change';
import type { Admitted, ChangeRef, Rehearsed } from '../schemas/life';
import type { RehearsalReport } from '../schemas/run';
import { CancellationScope, condition } from '@temporalio/workflow';
import { heavy, long, short } from './proxies';
import type { RunState } from './state';

export interface Planned {
  changes: ChangeRef[];
  rehearsal: RehearsalReport;
}

const NOT_NEEDED: RehearsalReport = {
  status: 'not_needed',
  undoProven: true,
  checks: [],
  covers: [],
  gaps: [],
};

/**
 * Life of a run, 2 to 4: step by step in the order of the DAG, each proposed in the shadow in which the earlier ones
 * have happened, then rehearsed there; at the end everything is undone in reverse and compared. The shadow is opened
 * at the first step that would change something: a run with nothing new costs one look.
 */
export async function planSteps(admitted: Admitted, state: RunState): Promise<Planned> {
  const { run } = admitted;
  const work = heavy(admitted.queues);
  const changes: ChangeRef[] = [];
  const acting: ChangeRef[] = [];
  const rehearsed: Rehearsed[] = [];
  const made: Record<RelationName, boolean> = {};
  let gaps: string[] | undefined;
  try {
    for (const { id: step } of admitted.steps) {
      if (state.paused) await condition(() => !state.paused);
      const change = await long.propose.executeWithOptions({ summary: `look: ${step}` }, [
        { run, step, earlier: acting, shadow: gaps !== undefined },
      ]);
      changes.push(change);
      state.proposed(change);
      // What only reads, where nothing has happened yet, is looked at when it runs: a copy would show nothing more.
      if (change.noop || (change.risk === 'read' && gaps === undefined)) continue;
      if (gaps === undefined) {
        state.become('rehearsing');
        gaps = (await work.openShadow.executeWithOptions({ summary: 'make the shadow' }, [run])).gaps;
      }
      acting.push(change);
      const result = await work.rehearse.executeWithOptions({ summary: `rehearse: ${step}` }, [
        { run, change, made },
      ]);
      for (const name of change.writes) made[name] = result.whole;
      const seen = result.change ?? change;
      changes[changes.length - 1] = acting[acting.length - 1] = seen;
      rehearsed.push(result);
    }
    if (gaps === undefined) return { changes, rehearsal: NOT_NEEDED };
    const rehearsal = await work.closeShadow.executeWithOptions({ summary: 'undo it there, compare' }, [
      { run, changes: acting, rehearsed, openGaps: gaps },
    ]);
    return { changes, rehearsal };
  } finally {
    // The shadow would expire by itself; leaving it would only waste the disk until then.
    if (gaps !== undefined) {
      await CancellationScope.nonCancellable(() =>
        short.dropShadow.executeWithOptions({ summary: 'drop the shadow' }, [run]).catch(() => undefined),
      );
    }
  }
}
