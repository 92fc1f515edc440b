import type { Bundle } from '../../activities/services';
import type { GivenParams } from '../../capabilities/params';
import { isAskDocument } from '../../capabilities/ask-document';
import { registry } from '../../capabilities/registry';
import { goalName, readBundle } from '../core/bundle';
import { readDocument } from '../core/document';
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

/** Whether a file is a goal document with `ask:` instead of `steps:`. What cannot be read is not; reading it says why. */
export async function isInPlainWords(file: string): Promise<boolean> {
  return readDocument(file).then(
    ({ value }) => isAskDocument(value),
    () => false,
  );
}
