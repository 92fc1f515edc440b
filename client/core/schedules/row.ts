import { fail } from '../../../schemas/errors';
import type { ScheduleRow } from '../../../store/schedules';
import type { Link } from '../stack';

/** A goal's schedule as the store knows it. Throws `not_found`. */
export async function rowOf(link: Link, goal: string): Promise<ScheduleRow> {
  const row = await link.store.schedules.find(goal);
  if (row) return row;
  throw fail('not_found', `There is no schedule of a goal "${goal}".`, {
    next: 'List them: sluice schedule list. Make one: sluice schedule FILE.',
  });
}
