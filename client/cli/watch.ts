import type { KnownRun } from '../core/runs/find';
import type { Followed, FollowOptions } from '../core/runs/follow';
import { followRun } from '../core/runs/follow';
import type { Link } from '../core/stack';
import { asTyped } from './invocation';
import { Narrator } from './narrate';
import type { Terminal } from './terminal';

/** How a command stopped looking at a run. */
export interface Watched extends Followed {
  /** Ctrl-C: whoever looked went away; the run goes on. */
  interrupted: boolean;
}

/** Follows a run and tells what it does. Ctrl-C ends the looking, never the run; a second one ends the process. */
export async function watch(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  options: Pick<FollowOptions, 'until'> = {},
): Promise<Watched> {
  return watchWith(terminal, run, (following) => followRun(link, run, { ...following, ...options }));
}

/** The same for what follows a run by other means than `followRun`. */
export async function watchWith<F extends Followed>(
  terminal: Terminal,
  run: Pick<KnownRun, 'runId'>,
  follow: (options: FollowOptions) => Promise<F>,
): Promise<F & Watched> {
  const away = new AbortController();
  const narrator = new Narrator(terminal);
  const leave = (): void => away.abort();
  process.once('SIGINT', leave);
  try {
    const followed = await follow({
      signal: away.signal,
      onLook: (document) => narrator.look(document),
      onSilence: (why) => narrator.quiet(why),
    });
    const interrupted = away.signal.aborted && !followed.ended;
    terminal.progress.stop();
    if (interrupted) terminal.say(asTyped(goesOn(run.runId, terminal), terminal.surroundings.command));
    return { ...followed, interrupted };
  } finally {
    process.removeListener('SIGINT', leave);
    terminal.progress.stop();
  }
}

function goesOn(runId: string, { err: { paint } }: Terminal): string {
  return [
    `The run goes on without you.`,
    `  look    ${paint.bold(`sluice show ${runId}`)}`,
    `  cancel  ${paint.bold(`sluice cancel ${runId}`)} (what it has applied is taken back)`,
  ].join('\n');
}
