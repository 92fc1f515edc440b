import { fail } from '../../../schemas/errors';
import {
  type BackfillOverlap,
  cancelBackfill,
  doneText,
  listBackfills,
  startBackfill,
} from '../../core/schedules/backfills';
import { type BackfillPlan, planBackfill } from '../../core/schedules/plan-backfill';
import { showSchedule } from '../../core/schedules/look';
import { callerAt } from '../caller';
import { asTyped } from '../invocation';
import { ask, isYes } from '../prompt';
import { renderBackfills, renderPlan } from '../render/backfills';
import type { CommandResult, Terminal } from '../terminal';
import { withLink } from '../with-link';

export interface BackfillOptions {
  from?: string;
  to?: string;
  overlap: BackfillOverlap;
  dryRun?: boolean;
}

/** So many runs are started without a word where nobody is there to be asked. */
const UNASKED = 100;

/** `--json` gives the plan: `{goal, from, to, runs: [{time, params}], leftOut, started, overlap}`. */
export async function scheduleBackfill(
  terminal: Terminal,
  goal: string,
  options: BackfillOptions,
): Promise<CommandResult> {
  const span = { from: dayOf('--from', options.from), to: dayOf('--to', options.to) };
  return withLink(terminal, async (link) => {
    terminal.about.goal = goal;
    const plan = await planBackfill(link, goal, span);
    const text = renderPlan(plan, terminal.out);
    const typed = (words: string): string => asTyped(words, terminal.surroundings.command);
    const result = (started: boolean, words: string): CommandResult => ({
      document: {
        ...{ goal, ...span, runs: plan.runs, leftOut: plan.leftOut },
        ...{ started, overlap: options.overlap },
      },
      // At a terminal the plan stands above the question.
      text: typed(
        terminal.interactive && !terminal.yes && options.dryRun !== true ? words : `${text}\n${words}`,
      ),
      exitCode: 0,
    });
    if (options.dryRun === true) return result(false, 'Nothing was started (--dry-run).');
    const { by } = await callerAt(terminal, link, 'run', 'starting runs');
    if (!(await agreed(terminal, plan, text))) return result(false, 'Nothing was started.');
    const { paused } = await showSchedule(link, goal);
    await startBackfill(link, plan, { overlap: options.overlap, by });
    const order = options.overlap === 'buffer_all' ? 'one after the other' : 'side by side';
    return result(
      true,
      [
        `They are started ${order}: sluice schedule show ${goal}`,
        `To stop it: sluice schedule backfill cancel ${goal}`,
        ...(paused ? ['The schedule is paused: these runs are started all the same.'] : []),
      ].join('\n'),
    );
  });
}

async function agreed(terminal: Terminal, { runs }: BackfillPlan, text: string): Promise<boolean> {
  if (terminal.yes) return true;
  if (terminal.interactive) {
    terminal.say(text);
    return isYes(await ask(terminal, 'Start them? [y/N] '));
  }
  if (runs.length <= UNASKED) return true;
  throw fail('usage', `That is ${runs.length} runs, and nobody is here to be asked.`, {
    state: 'No run was started.',
    next: 'Look at them with --dry-run, and start them with --yes, or give a shorter span.',
  });
}

function dayOf(name: string, value: string | undefined): string {
  const written = value ?? '';
  if (/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(written) && isDay(written))
    return written;
  throw fail(
    'usage',
    value === undefined ? `${name} is missing.` : `"${value}" (${name}) is neither a day nor an instant.`,
    { next: `Write it as ${name} 2026-03-01 or ${name} 2026-03-01T06:00:00Z.` },
  );
}

function isDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return (
    !Number.isNaN(day.getTime()) &&
    day.toISOString().startsWith(text.slice(0, 10)) &&
    !Number.isNaN(Date.parse(text))
  );
}

/** `--json` gives `{backfills: […]}`. */
export async function scheduleBackfillList(terminal: Terminal): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    const backfills = await listBackfills(link);
    return { document: { backfills }, text: renderBackfills(backfills, terminal.out), exitCode: 0 };
  });
}

export async function scheduleBackfillCancel(terminal: Terminal, goal: string): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    terminal.about.goal = goal;
    await callerAt(terminal, link, 'run', 'steering a schedule');
    const view = await cancelBackfill(link, goal);
    const [running] = view.running;
    const rest =
      running === undefined ? '' : ` ${running} goes on: sluice show ${running}, sluice cancel ${running}.`;
    const text = `No more runs of the backfill of ${goal} are started, after ${doneText(view)}.${rest}`;
    return { document: view, text: asTyped(text, terminal.surroundings.command), exitCode: 0 };
  });
}
