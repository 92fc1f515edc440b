import { FINAL_STATUSES } from '../../../schemas/run';
import { listRuns } from '../../core/runs/list';
import { callerAt } from '../caller';
import { renderRuns } from '../render/runs-table';
import type { closeWhatIsOver } from '../still-going';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface RunsOptions {
  goal?: string;
  status?: string;
  /** Only the caller's. */
  mine?: boolean;
  limit: number;
}

/**
 * `sluice runs`: the newest first; `--json` gives `{runs: […]}`. `stillGoing` loads what asks Temporal, which takes long:
 * only when a run is open.
 */
export async function runs(
  terminal: Terminal,
  options: RunsOptions,
  stillGoing: () => typeof closeWhatIsOver,
): Promise<CommandResult> {
  const listed = await withStore(terminal, async ({ store, home }) => {
    const startedBy = options.mine
      ? (await callerAt(terminal, { store, home }, 'read', 'listing runs')).by
      : undefined;
    const filter = { ...options, startedBy };
    const listed = await listRuns(store, filter);
    const open = listed.filter(({ status }) => !FINAL_STATUSES.has(status));
    if (open.length === 0) return listed;
    // Only Temporal knows whether what says that it goes on still does; where it does not answer, the list is as it was.
    await stillGoing()(terminal, open).catch(() => undefined);
    return listRuns(store, filter);
  });
  return { document: { runs: listed }, text: renderRuns(listed, terminal.out), exitCode: 0 };
}
