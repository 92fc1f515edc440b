import { FINAL_STATUSES } from '../../../schemas/run';
import { closeThoseThatAreOver } from '../../core/runs/execution';
import { listRuns, type RunListing } from '../../core/runs/list';
import { openHomeStore } from '../../core/stack';
import { renderRuns } from '../render/runs-table';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf, withLink } from '../with-link';

export interface RunsOptions {
  goal?: string;
  status?: string;
  limit: number;
}

/** `sluice runs`: the newest first; `--json` gives `{runs: […]}`. */
export async function runs(terminal: Terminal, options: RunsOptions): Promise<CommandResult> {
  const store = await openHomeStore(homeOf(terminal), terminal.surroundings);
  let listed: RunListing[];
  try {
    listed = await listRuns(store, options);
  } finally {
    await store.close();
  }
  // Only Temporal knows whether what says that it goes on still does; where it does not answer, the list is as it was.
  if (listed.some(({ status }) => !FINAL_STATUSES.has(status))) {
    listed = await withLink(terminal, async (link) => {
      const rows = await Promise.all(listed.map(({ runId }) => link.store.runs.get(runId)));
      await closeThoseThatAreOver(
        link,
        rows.filter((row) => row !== undefined),
      );
      return listRuns(link.store, options);
    }).catch(() => listed);
  }
  return { document: { runs: listed }, text: renderRuns(listed, terminal.out), exitCode: 0 };
}
