import { homeOf } from '../home';
import type { CommandResult, Terminal } from '../terminal';
import type { StackCommandOptions, StackCommandResult } from './stack-command';

/** The commands about the stack know nothing of terminals; here they get one. */
export function onTerminal(
  terminal: Terminal,
  command: (options: StackCommandOptions) => Promise<StackCommandResult<unknown>>,
  more: Pick<StackCommandOptions, 'clusterWorkers'> = {},
): Promise<CommandResult> {
  const { cwd, env } = terminal.surroundings;
  return command({
    ...more,
    home: homeOf(terminal),
    cwd,
    env,
    say: (line) => terminal.say(terminal.err.paint.dim(line)),
  });
}
