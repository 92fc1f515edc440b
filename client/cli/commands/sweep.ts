import { registry } from '../../../capabilities/registry';
import { bundleOf } from '../../core/bundle';
import { closeThoseThatAreOver } from '../../core/runs/execution';
import type { CommandResult, Terminal } from '../terminal';
import { withLink } from '../with-link';
import { applyBundle } from './apply';
import { planBundle } from './plan';

/** Open runs that are looked at before a sweep; the worker looks at all of them, now and then. */
const OPEN_MOST = 200;

export interface SweepOptions {
  dryRun?: boolean;
  only?: string[];
  warehouse?: string;
}

/** `sluice sweep`: what is past its retention goes; with `--dry-run` it is only shown. An ordinary run of a goal. */
export async function sweep(terminal: Terminal, options: SweepOptions): Promise<CommandResult> {
  const document = {
    apiVersion: 'sluice/v1',
    goal: 'sluice-sweep',
    description: 'What is past its retention goes.',
    ...(options.warehouse === undefined ? {} : { warehouse: options.warehouse }),
    steps: [{ id: 'sweep', sweep: options.only ? { only: options.only } : {} }],
  };
  const bundle = await bundleOf(document, registry, terminal.surroundings.cwd);
  terminal.about.goal = bundle.goal.goal;
  return withLink(terminal, async (link) => {
    // What belongs to a run that is over is not kept for it.
    await closeThoseThatAreOver(link, await link.store.runs.open(OPEN_MOST));
    return options.dryRun
      ? planBundle(terminal, link, bundle, { full: true })
      : applyBundle(terminal, link, bundle, { full: true });
  });
}
