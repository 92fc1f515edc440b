import { listRuns } from '../../core/runs/list';
import { openHomeStore } from '../../core/stack';
import { renderRuns } from '../render/runs-table';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../with-link';

export interface RunsOptions {
  goal?: string;
  status?: string;
  limit: number;
}

/** `sluice runs`: the newest first; `--json` gives `{runs: […]}`. */
export async function runs(terminal: Terminal, options: RunsOptions): Promise<CommandResult> {
  const store = await openHomeStore(homeOf(terminal), terminal.surroundings);
  try {
    const listed = await listRuns(store, options);
    return { document: { runs: listed }, text: renderRuns(listed, terminal.out), exitCode: 0 };
  } finally {
    await store.close();
  }
}
