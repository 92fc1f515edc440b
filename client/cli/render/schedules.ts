import type { Schedule, Trigger } from '../../../schemas/schedule';
import { timestampText } from '../../../schemas/zoned-time';
import type { ScheduleDetail, ScheduleView } from '../../core/schedules/look';
import type { Registered } from '../../core/schedules/register';
import type { BackfillView } from '../../core/schedules/backfills';
import { boundsText } from '../standing-terms';
import { stateText } from './backfills';
import { counted, moment } from './numbers';
import { stateOf } from './standing';
import { field, plainDeep, type Style } from './style';
import { statusColour } from './words';

/** What `schedule FILE` did, and what follows from it. */
export function renderRegistered(registered: Registered, view: ScheduleDetail, style: Style): string {
  const { paint } = style;
  const { changes, outcome } = plainDeep(registered);
  const said = {
    created: paint.green('runs by itself from now on'),
    updated: paint.yellow('was changed'),
    unchanged: paint.dim('is as it was'),
  }[outcome];
  return [
    `${paint.bold(view.goal)} ${said}`,
    ...changes.map((change) => `  ${paint.yellow('~')} ${change}`),
    ...facts(view, style),
    ...standing(view, style),
  ].join('\n');
}

export function renderSchedule(given: ScheduleDetail, style: Style): string {
  const view = plainDeep(given);
  const { paint } = style;
  return [
    `${paint.bold(view.goal)}${view.paused ? ` ${paint.yellow('is paused')}${view.note ? `: ${view.note}` : ''}` : ''}`,
    ...facts(view, style),
    ...view.recent.map((run, index) =>
      field(
        index === 0 ? 'ran' : '',
        `${moment(run.startedAt)}  ${statusColour(run.status, paint)(run.status.padEnd(9))}  ${run.runId}  ${paint.dim(`by ${run.startedBy}`)}`,
        style,
        { whole: true },
      ),
    ),
    ...(view.stalled
      ? [
          field(
            'stalled',
            `since ${moment(view.stalled.since)}: a run waits for a decision (${view.stalled.runId})`,
            style,
            { colour: paint.yellow },
          ),
        ]
      : []),
    ...(view.backfill ? [field('backfill', backfillText(view.backfill), style)] : []),
    ...(view.running.length > 0 ? [field('running', view.running.join(', '), style)] : []),
    field(
      'counts',
      `${counted(view.counts.started, 'run')} started, ${view.counts.skipped} skipped (an earlier one was not through), ${view.counts.missed} missed`,
      style,
    ),
    ...standing(view, style),
  ].join('\n');
}

/** One line each: what is next matters most. */
export function renderSchedules(given: readonly ScheduleView[], style: Style): string {
  if (given.length === 0) return 'No schedules.';
  const views = plainDeep([...given]);
  const { paint } = style;
  const width = Math.max(...views.map((view) => view.goal.length));
  return views
    .map((view) => {
      const next = view.paused
        ? paint.yellow('paused')
        : view.next[0] !== undefined
          ? `next ${moment(view.next[0])}`
          : paint.dim('no time of its own');
      return `${paint.bold(view.goal.padEnd(width))}  ${next.padEnd(25)}  ${paint.dim(whenText(view))}`.trimEnd();
    })
    .join('\n');
}

function backfillText(view: BackfillView): string {
  const running = view.running.length === 0 ? '' : `, ${view.running.join(', ')} now`;
  return `from ${view.from} to ${view.to} ${stateText(view)}${running}`;
}

function facts(view: ScheduleView, style: Style): string[] {
  const zone = view.schedule?.timezone ?? 'UTC';
  return [
    field('when', whenText(view), style),
    ...(view.next.length > 0
      ? [
          field(
            'next',
            view.next
              .slice(0, 3)
              .map((time) => timestampText(Date.parse(time), zone))
              .join(', '),
            style,
          ),
        ]
      : []),
    ...(view.schedule ? [field('overlap', overlapText(view.schedule), style)] : []),
  ];
}

function whenText({ schedule, trigger }: { schedule?: Schedule; trigger?: Trigger }): string {
  return [
    ...(schedule ? [`${schedule.cron} (${schedule.timezone})`] : []),
    ...(trigger?.files
      ? [`on new files ${trigger.files.join(', ')}, looked for every ${trigger.every}`]
      : []),
    ...(trigger?.after ? [`after ${trigger.after.join(', ')}`] : []),
  ].join('; ');
}

function overlapText({ overlap, catchup, jitter, pauseOnFailure }: Schedule): string {
  return [
    overlap,
    `made up for within ${catchup}`,
    ...(jitter === undefined ? [] : [`up to ${jitter} late at random`]),
    ...(pauseOnFailure === true ? ['paused by a failure'] : []),
  ].join(', ');
}

const UNAPPROVED = 'each run with something new waits at its gate. Run it once: sluice apply FILE --standing';

function standing({ goal, standing: grants }: ScheduleDetail, style: Style): string[] {
  if (grants.length === 0) return [field('approval', `none stands: ${UNAPPROVED}`, style)];
  const lines = grants.map(({ objection, ...grant }) =>
    objection === undefined
      ? field(
          'approval',
          `of ${grant.by} for ${goal}, ${stateOf(grant, style)}, ${boundsText(grant.bounds)}`,
          style,
        )
      : field('approval', `of ${grant.by} ${objection}: it covers no run`, style, {
          colour: style.paint.yellow,
        }),
  );
  const none = grants.every(({ objection }) => objection !== undefined);
  return none ? [...lines, field('', UNAPPROVED, style)] : lines;
}
