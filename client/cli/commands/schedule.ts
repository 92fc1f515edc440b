import type { GivenParams } from '../../../capabilities/params';
import { listSchedules, showSchedule } from '../../core/schedules/look';
import { registerGoal } from '../../core/schedules/register';
import { pauseSchedule, removeSchedule, resumeSchedule, triggerSchedule } from '../../core/schedules/steer';
import { callerAt } from '../caller';
import { asTyped } from '../invocation';
import { readGoal } from '../read-goal';
import { renderRegistered, renderSchedule, renderSchedules } from '../render/schedules';
import type { CommandResult, Terminal } from '../terminal';
import { withLink } from '../with-link';

export interface ScheduleOptions {
  param?: GivenParams;
}

export interface SchedulePauseOptions {
  note?: string;
}

const done = (document: unknown, text: string): CommandResult => ({ document, text, exitCode: 0 });

/** `sluice schedule FILE`; `--json` gives what `schedule show` does, with `outcome` and `changes`. */
export async function schedule(
  terminal: Terminal,
  file: string,
  options: ScheduleOptions,
): Promise<CommandResult> {
  const bundle = await readGoal(terminal, file, options.param, 'schedule');
  return withLink(terminal, async (link) => {
    const { by } = await callerAt(terminal, link, 'run', 'scheduling a goal');
    const registered = await registerGoal(link, bundle, by);
    const view = await showSchedule(link, registered.goal);
    for (const warning of registered.warnings) terminal.say(terminal.err.paint.yellow(`! ${warning}`));
    const text = renderRegistered(registered, view, terminal.out);
    return done({ ...registered, schedule: view }, asTyped(text, terminal.surroundings.command));
  });
}

/** `sluice schedule list`; `--json` gives `{schedules: […]}`. */
export async function scheduleList(terminal: Terminal): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    const schedules = await listSchedules(link);
    return done({ schedules }, renderSchedules(schedules, terminal.out));
  });
}

export async function scheduleShow(terminal: Terminal, goal: string): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    terminal.about.goal = goal;
    const view = await showSchedule(link, goal);
    return done(view, renderSchedule(view, terminal.out));
  });
}

export async function schedulePause(
  terminal: Terminal,
  what: 'pause' | 'resume',
  goal: string,
  options: SchedulePauseOptions,
): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    terminal.about.goal = goal;
    const caller = await callerAt(terminal, link, 'run', 'steering a schedule');
    const by = `${what}d by ${caller.by}`;
    const note = options.note === undefined ? by : `${by}: ${options.note}`;
    await (what === 'pause' ? pauseSchedule : resumeSchedule)(link, goal, note);
    const view = await showSchedule(link, goal);
    return done(view, renderSchedule(view, terminal.out));
  });
}

/** `--json` gives `{goal, runId}`. */
export async function scheduleTrigger(terminal: Terminal, goal: string): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    terminal.about.goal = goal;
    const { by } = await callerAt(terminal, link, 'run', 'starting a run');
    const runId = await triggerSchedule(link, goal, by);
    const { command } = terminal.surroundings;
    return done({ goal, runId }, asTyped(`Run ${runId} was started: sluice show ${runId}`, command));
  });
}

export async function scheduleRemove(terminal: Terminal, goal: string): Promise<CommandResult> {
  return withLink(terminal, async (link) => {
    terminal.about.goal = goal;
    await removeSchedule(link, goal);
    return done({ goal, removed: true }, `The schedule of ${goal} is gone; what it has loaded is not.`);
  });
}
