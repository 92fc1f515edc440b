import { fail } from '../../../schemas/errors';
import type { AskRow } from '../../../store/asks/asks';
import type { Store } from '../../../store/store';

/** The ask that a person means: its id, the beginning of one, or `last`. Throws `not_found`; `usage` when several begin like that. */
export async function findAsk(store: Pick<Store, 'asks'>, wanted: string): Promise<AskRow> {
  const rows =
    wanted === 'last'
      ? await store.asks.list({ limit: 1 })
      : wanted === ''
        ? []
        : await store.asks.find(wanted);
  const [row, ...others] = rows;
  if (row && others.length === 0) return row;
  if (row) {
    throw fail('usage', `"${wanted}" is the beginning of ${rows.length} asks.`, {
      next: 'Give more of its id.',
      faults: rows.map(({ askId, status }) => ({ path: askId, message: status })),
    });
  }
  throw fail('not_found', wanted === 'last' ? 'There is no ask yet.' : `There is no ask "${wanted}".`, {
    next: 'List them: sluice asks.',
  });
}
