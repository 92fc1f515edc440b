import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json';
import { registerAsks } from './register/asks';
import { registerAudit } from './register/audit';
import { registerCluster } from './register/cluster';
import { registerCodec } from './register/codec';
import { registerCompletion } from './register/completion';
import { registerGoals } from './register/goals';
import { registerPolicy } from './register/policy';
import { registerIdentity } from './register/identity';
import { collect, type Execute } from './register/register';
import { registerKnowledge } from './register/knowledge';
import { registerNotify } from './register/notify';
import { registerRetention } from './register/retention';
import { registerRuns } from './register/runs';
import { registerSchedules } from './register/schedules';
import { registerSecrets } from './register/secrets';
import { registerStack } from './register/stack';
import { registerStanding } from './register/standing';

export interface Written {
  out(text: string): void;
  err(text: string): void;
}

/** The whole command line, as data: parsing it calls `execute` for the command that was given. */
export function createProgram(execute: Execute, written: Written): Command {
  const program = new Command('sluice')
    .description('Says what would change, rehearses it, asks, applies it, proves it, and can take it back.')
    .version(packageJson.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .option('--json', 'print exactly one JSON document on stdout')
    .option('--yes', 'approve as the caller, where policy lets the caller')
    .option('--env <name>', 'an environment of sluice.config.yaml (default: SLUICE_ENV)', collect)
    .option('--no-input', 'never ask; without a terminal that is the default')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => written.out(text),
      writeErr: (text) => written.err(text),
      // What is wrong is said once, by who catches the error, as every other failure is.
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText('after', EPILOGUE);
  registerGoals(program, execute);
  registerAsks(program, execute);
  registerPolicy(program, execute);
  registerRuns(program, execute);
  registerAudit(program, execute);
  registerKnowledge(program, execute);
  registerRetention(program, execute);
  registerSchedules(program, execute);
  registerStanding(program, execute);
  registerStack(program, execute);
  registerSecrets(program, execute);
  registerCluster(program, execute);
  registerNotify(program, execute);
  registerIdentity(program, execute);
  registerCodec(program, execute);
  registerCompletion(program, execute);
  const help = new Command('help').argument('[COMMAND]').description('print help for a command');
  return program.addHelpCommand(help.helpGroup('The stack:'));
}

const EPILOGUE = `
Exit: 0 succeeded · 1 failed (and rolled back) · 2 bad input or usage · 3 waiting for a decision ·
      4 rejected or expired · 5 held, or needs an operator · 6 a service cannot be reached

The first five minutes:
  $ sluice up
  $ sluice plan examples/flights/goal.yaml
  $ sluice apply examples/flights/goal.yaml
  $ sluice undo last`;

/** Help that was asked for, or a version: not an error. */
export function isJustHelp(cause: unknown): cause is CommanderError {
  return cause instanceof CommanderError && cause.exitCode === 0;
}
