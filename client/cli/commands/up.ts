import type { StatusDocument } from '../../../runtime/stack/status';
import { status } from '../../../runtime/stack/status';
import { up } from '../../../runtime/stack/up';
import type { StackCommandOptions, StackCommandResult } from './stack-command';
import { homeOf } from './stack-command';
import { statusResult } from './status';

/**
 * `sluice up`: starts the stack, or finds it running, and returns when a goal can run. Idempotent.
 * @throws `port_in_use`, `permission_denied`, `disk_full`, `invalid_config`, `service_unreachable`, `not_found`
 */
export async function upCommand(
  options: StackCommandOptions = {},
): Promise<StackCommandResult<StatusDocument>> {
  const home = homeOf(options);
  await up({ home, cwd: options.cwd, clusterWorkers: options.clusterWorkers, say: options.say });
  return statusResult(await status(home));
}
