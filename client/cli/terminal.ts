import { fail, type Problem } from '../../schemas/errors';
import { Progress } from './progress';
import { styleFor, type Style } from './render/style';

/** The streams and surroundings of a process; tests give their own. */
export interface Surroundings {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** How this program is called: what commands that are shown begin with. */
  command: string;
}

export interface TerminalFlags {
  json?: boolean;
  yes?: boolean;
  /** `--env`, as often as it was given. */
  env?: string[];
  /** False: never ask (`--no-input`). */
  input?: boolean;
}

/**
 * Where a command speaks. Data goes to stdout, once, at the end (`main` does that with what the command returns);
 * everything else that is said goes to stderr.
 */
export interface Terminal {
  readonly surroundings: Surroundings;
  readonly json: boolean;
  /** `--yes`: approve as the caller, where policy lets the caller. */
  readonly yes: boolean;
  /** Somebody is there to be asked: a terminal on stdin and on stderr, and no `--no-input`. */
  readonly interactive: boolean;
  /** For what is printed to stdout. */
  readonly out: Style;
  /** For what is said on stderr. */
  readonly err: Style;
  readonly progress: Progress;
  /** What the command is about, as far as it knows; a failure's document says it too. */
  readonly about: { goal?: string; runId?: string };
  /** `--env`, else SLUICE_ENV: the one environment this is about. Throws `usage` when several were named. */
  environment(): string | undefined;
  /** All that `--env` named. */
  readonly environments: readonly string[];
  /** A line (or several) of narration. */
  say(text: string): void;
}

/** What a command found. `main` prints `document` with `--json`, else `text`, and exits with `exitCode`. */
export interface CommandResult {
  document: unknown;
  text: string;
  exitCode: number;
  /** What went wrong with what the document is about; said on stderr. */
  problem?: Problem;
}

export function openTerminal(surroundings: Surroundings, flags: TerminalFlags): Terminal {
  const { stdin, stdout, stderr, env } = surroundings;
  const err = styleFor(stderr, env);
  const progress = new Progress(stderr, err.paint);
  return {
    surroundings,
    environments: flags.env ?? [],
    environment: () => oneEnvironment(flags.env ?? [], env),
    json: flags.json === true,
    yes: flags.yes === true,
    interactive: flags.input !== false && stdin.isTTY === true && stderr.isTTY === true,
    out: styleFor(stdout, env),
    err,
    progress,
    about: {},
    say: (text) => progress.above(text),
  };
}

function oneEnvironment(named: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  if (named.length <= 1) return named[0] ?? (env.SLUICE_ENV || undefined);
  throw fail('usage', `This command is about one environment; ${named.join(' and ')} were named.`, {
    next: 'Give --env once. Two are compared by sluice diff.',
  });
}
