import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../with-link';
import { doctorCommand } from './doctor';
import { downCommand } from './down';
import type { StackCommandOptions, StackCommandResult } from './stack-command';
import { statusCommand } from './status';
import { upCommand } from './up';

/** The commands about the stack know nothing of terminals; here they get one. */
const onTerminal =
  (command: (options: StackCommandOptions) => Promise<StackCommandResult<unknown>>) =>
  async (
    terminal: Terminal,
    more: Pick<StackCommandOptions, 'clusterWorkers'> = {},
  ): Promise<CommandResult> => {
    const { cwd } = terminal.surroundings;
    return command({
      ...more,
      home: homeOf(terminal),
      cwd,
      say: (line) => terminal.say(terminal.err.paint.dim(line)),
    });
  };

export const up = onTerminal(upCommand);
export const down = onTerminal(downCommand);
export const status = onTerminal(statusCommand);
export const doctor = onTerminal(doctorCommand);
