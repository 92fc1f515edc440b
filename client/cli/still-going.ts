import type { RunListing } from '../core/runs/list';
import { closeThoseThatAreOver } from '../core/runs/execution';
import type { Terminal } from './terminal';
import { withLink } from './with-link';

/** Asks Temporal, which alone knows, whether these runs still go on; those that do not get their end on record. */
export async function closeWhatIsOver(terminal: Terminal, listed: readonly RunListing[]): Promise<void> {
  await withLink(terminal, async (link) => {
    const rows = await Promise.all(listed.map(({ runId }) => link.store.runs.get(runId)));
    await closeThoseThatAreOver(
      link,
      rows.filter((row) => row !== undefined),
    );
  });
}
