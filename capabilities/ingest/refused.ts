import type { Change } from '../../schemas/change';
import { fail, type SluiceError } from '../../schemas/errors';

export function refused(change: Change, why: string, next: string, cause?: unknown): SluiceError {
  return fail('undo_refused', `"${change.title}" cannot be undone: ${why}.`, {
    state: 'Nothing was undone; the load stands as it was.',
    next,
    place: change.writes[0],
    cause,
  });
}
