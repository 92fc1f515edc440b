import type { Bundle } from '../../activities/services';
import { fail } from '../../schemas/errors';
import type { StandingBounds, StandingTerms } from '../../schemas/standing';
import { type KnownRun, rowOf } from '../core/runs/find';
import type { Link } from '../core/stack';
import { ask, isYes } from './prompt';
import { bytes, count, seconds } from './render/numbers';
import type { Terminal } from './terminal';

export interface StandingFlags {
  standing?: boolean;
  /** Milliseconds. */
  expires?: number;
  maxRows?: number;
  maxBytes?: number;
  maxSeconds?: number;
  maxQuarantine?: number;
}

const DEFAULT_MS = 30 * 86_400_000;

/** The terms that `--standing` gives; without it none. Throws `usage` for a term without `--standing`. */
export function givenTerms(flags: StandingFlags): StandingTerms | undefined {
  const { maxRows, maxBytes, maxSeconds, maxQuarantine, expires } = flags;
  const bounds: StandingBounds = {
    ...(maxRows === undefined ? {} : { maxRows }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    ...(maxQuarantine === undefined ? {} : { maxQuarantine }),
  };
  if (flags.standing === true) return { expiresMs: expires ?? DEFAULT_MS, bounds };
  if (expires === undefined && Object.keys(bounds).length === 0) return undefined;
  throw fail('usage', '--expires and --max-… are terms of a standing approval, and there is no --standing.', {
    next: 'Add --standing, or leave them out.',
  });
}

/**
 * Whether the approval is to stand for later runs, and on which terms. Without `--standing`, who sits at a terminal and
 * approves a goal that repeats is asked.
 */
export async function standingTerms(
  terminal: Terminal,
  link: Link,
  run: KnownRun,
  flags: StandingFlags,
): Promise<StandingTerms | undefined> {
  const given = givenTerms(flags);
  if (given || !terminal.interactive || terminal.yes || !(await repeats(link, run))) return given;
  const question = `${run.goal} repeats. Approve later runs that are more of the same, too, for 30 days? [y/N] `;
  return isYes(await ask(terminal, question)) ? { expiresMs: DEFAULT_MS, bounds: {} } : undefined;
}

async function repeats(link: Link, run: KnownRun): Promise<boolean> {
  const row = await rowOf(link, run);
  if (!row) return false;
  const { goal } = await link.store.artifacts.getJson<Bundle>(row.bundle);
  return goal.schedule !== undefined || goal.trigger !== undefined;
}

export function termsText(goal: string, { expiresMs, bounds }: StandingTerms): string {
  return `Later runs of ${goal} that load or refresh the same way are approved for ${seconds(expiresMs / 1000)}, ${boundsText(bounds)}.`;
}

/** `at most 1,000 rows, 2 set aside`, or `without a bound of their own`. */
export function boundsText(bounds: StandingBounds): string {
  const parts = [
    ...(bounds.maxRows === undefined ? [] : [`${count(bounds.maxRows)} rows`]),
    ...(bounds.maxBytes === undefined ? [] : [bytes(bounds.maxBytes)]),
    ...(bounds.maxSeconds === undefined ? [] : [seconds(bounds.maxSeconds)]),
    ...(bounds.maxQuarantine === undefined ? [] : [`${count(bounds.maxQuarantine)} set aside`]),
  ];
  return parts.length === 0 ? 'without a bound of their own' : `at most ${parts.join(', ')} each`;
}
