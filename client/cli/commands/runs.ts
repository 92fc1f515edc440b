import { FINAL_STATUSES } from '../../../schemas/run';
import { listRuns } from '../../core/runs/list';
import { load } from '../load';
import { renderRuns } from '../render/runs-table';
import type { CommandResult, Terminal } from '../terminal';
import { withStore } from '../with-store';

export interface RunsOptions {
  goal?: string;
  status?: string;
  limit: number;
}

/** `sluice runs`: the newest first; `--json` gives `{runs: […]}`. */
export async function runs(terminal: Terminal, options: RunsOptions): Promise<CommandResult> {
  const listed = await withStore(terminal, async ({ store }) => {
    const listed = await listRuns(store, options);
    const open = listed.filter(({ status }) => !FINAL_STATUSES.has(status));
    if (open.length === 0) return listed;
    // Only Temporal knows whether what says that it goes on still does; where it does not answer, the list is as it was.
    await load
      .stillGoing()(terminal, open)
      .catch(() => undefined);
    return listRuns(store, options);
  });
  return { document: { runs: listed }, text: renderRuns(listed, terminal.out), exitCode: 0 };
}
