import pc from 'picocolors';
import { down } from '../../../runtime/stack/down';
import type { StackCommandOptions, StackCommandResult } from './stack-command';
import { homeOf } from './stack-command';

/** `down --json` */
export interface DownDocument {
  ok: true;
  home: string;
  /** Processes that ran and were ended; 0: there was nothing to stop. */
  stopped: number;
}

/** `sluice down`: stops the stack and keeps its data. Idempotent. */
export async function downCommand(
  options: StackCommandOptions = {},
): Promise<StackCommandResult<DownDocument>> {
  const home = homeOf(options);
  const stopped = await down({ home, say: options.say });
  const text =
    stopped === 0 ? 'There was nothing to stop.' : `The stack is down. Its data is kept in ${pc.bold(home)}.`;
  return { document: { ok: true, home, stopped }, text, exitCode: 0 };
}
