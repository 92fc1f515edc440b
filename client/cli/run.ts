import { CommanderError } from 'commander';
import { ERROR_CODES, fail, type Problem, SluiceError } from '../../schemas/errors';
import { asTyped } from './invocation';
import { load } from './load';
import { createProgram, isJustHelp } from './program';
import { renderProblem } from './render/problem';
import {
  type CommandResult,
  openTerminal,
  type Surroundings,
  type Terminal,
  type TerminalFlags,
} from './terminal';

/**
 * The command line from its arguments to its exit code. With `--json` exactly one JSON document is written to stdout,
 * whatever happens; without it, the text of the result. All else that is said goes to stderr.
 */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode = 0;
  const helpTexts: string[] = [];
  const program = createProgram(
    async (work, flags) => {
      const terminal = openTerminal(surroundings, flags);
      const carry = (): Promise<number> => carryOut(terminal, work);
      exitCode = isTracedCommand(surroundings.env)
        ? await load.tracing().traceCommand(args, carry)
        : await carry();
    },
    { out: (text) => surroundings.stdout.write(text), err: (text) => helpTexts.push(text) },
  );
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (cause) {
    if (isJustHelp(cause)) return 0;
    const terminal = openTerminal(surroundings, flagsIn(args));
    const failure = cause instanceof CommanderError ? usageError(cause) : cause;
    // Called without a command: its help is the message.
    if (helpTexts.length > 0 && !terminal.json) surroundings.stderr.write(helpTexts.join(''));
    else return writeFailure(terminal, failure);
    return ERROR_CODES.usage.exit;
  }
  return exitCode;
}

/** As OpenTelemetry's specification has it; what sends spans is loaded only then. */
function isTracedCommand(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT);
}

async function carryOut(
  terminal: Terminal,
  work: (terminal: Terminal) => Promise<CommandResult>,
): Promise<number> {
  let result: CommandResult;
  try {
    result = await work(terminal);
  } catch (cause) {
    return writeFailure(terminal, cause);
  } finally {
    terminal.progress.stop();
  }
  const { stdout, stderr, command } = terminal.surroundings;
  if (terminal.json) await write(stdout, `${JSON.stringify(result.document, undefined, 2)}\n`);
  else if (result.text !== '') await write(stdout, `${result.text}\n`);
  if (result.problem) stderr.write(`${asTyped(renderProblem(result.problem, terminal.err), command)}\n`);
  return result.exitCode;
}

/** A failure before there is a result: its problem on stderr, and with `--json` as the document. */
async function writeFailure(terminal: Terminal, cause: unknown): Promise<number> {
  const problem = asProblem(cause);
  const { stdout, stderr, env, command } = terminal.surroundings;
  stderr.write(`${asTyped(renderProblem(problem, terminal.err), command)}\n`);
  if (problem.code === 'internal' && env.SLUICE_DEBUG) stderr.write(`${stackOf(cause)}\n`);
  if (terminal.json)
    await write(stdout, `${JSON.stringify({ ...terminal.about, error: problem }, undefined, 2)}\n`);
  return ERROR_CODES[problem.code].exit;
}

function asProblem(cause: unknown): Problem {
  if (cause instanceof SluiceError) return cause.problem;
  // What Temporal and PostgreSQL throw is known to code that loads their clients; a usage error does not wait for that.
  return load.failures().asSluiceError(cause).problem;
}

function usageError(error: CommanderError): SluiceError {
  if (error.code === 'commander.help') {
    return fail('usage', 'No command was given.', { next: 'See sluice --help.', cause: error });
  }
  // `error: unknown command 'plna'\n(Did you mean plan?)`
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const message = `${first.charAt(0).toUpperCase()}${first.slice(1).replace(/\.$/, '')}.`;
  return fail('usage', message, {
    next: suggestion?.replace(/[()]/g, '') ?? 'See sluice --help.',
    cause: error,
  });
}

/** The flags that matter before anything is parsed. */
function flagsIn(args: readonly string[]): TerminalFlags {
  return { json: args.includes('--json') };
}

/** Waits until it is written: a process that ends early would cut off what a pipe has not taken yet. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

function stackOf(cause: unknown): string {
  return cause instanceof Error
    ? `${cause.stack}${cause.cause === undefined ? '' : `\ncaused by ${stackOf(cause.cause)}`}`
    : String(cause);
}
