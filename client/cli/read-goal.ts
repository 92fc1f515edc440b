import type { Bundle } from '../../activities/services';
import type { GivenParams } from '../../capabilities/params';
import { registry } from '../../capabilities/registry';
import { goalName, readBundle } from '../core/bundle';
import type { Terminal } from './terminal';

/** The goal that a command names, checked. A failure is about the goal, as far as the document says its name. */
export async function readGoal(
  terminal: Terminal,
  file: string,
  params?: GivenParams,
  by?: 'person' | 'schedule',
): Promise<Bundle> {
  try {
    const bundle = await readBundle(file, registry, params, by, terminal.environment());
    terminal.about.goal = bundle.goal.goal;
    return bundle;
  } catch (cause) {
    const name = await goalName(file);
    if (name !== undefined) terminal.about.goal = name;
    throw cause;
  }
}
