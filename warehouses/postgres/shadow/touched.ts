import type { RelationName } from '../../../schemas/change';
import type { Touch } from '../../warehouse';
import type { IncomingKey } from './keys';
import { childrenOf, placesOf, type Places } from './places';
import type { Sampled } from './sampled';

/** So many tables are followed along keys that act on each other. */
const ROUNDS = 100;

type RefersTo = NonNullable<Touch['refersTo']>;

/** The rows that a change touches, then what hangs on them: a key may refuse it, or take more along. */
export async function loadTouched(
  sampled: Sampled,
  { relation, rows, refersTo }: Touch & { rows: string },
): Promise<void> {
  const { plan, source, rowsPerTable } = sampled;
  if (!plan.live.has(relation)) return;
  const table = plan.tables.get(relation);
  if (!table && !sampled.written.has(relation)) {
    sampled.unseen.push(`rows of ${relation}, which could not be copied`);
    return;
  }
  const asked = table && !sampled.isSettled(table);
  const places = asked ? await placesOf(source, rows, rowsPerTable) : undefined;
  if (!places) sampled.unknown.push(relation);
  else if (places.length === 0) return;
  else if ((await sampled.take(relation, places)) === undefined)
    sampled.unseen.push(`the rows of ${relation} that it touches, which could not be copied`);
  else if (refersTo !== undefined) await loadChildren(sampled, { relation, places, refersTo });
}

async function loadChildren(
  sampled: Sampled,
  first: { relation: RelationName; places: Places[]; refersTo: RefersTo },
): Promise<void> {
  const queue = [first];
  for (let next = queue.shift(), round = 0; next && round < ROUNDS; next = queue.shift(), round += 1) {
    const { relation, places, refersTo } = next;
    for (const key of sampled.plan.incoming) {
      if (key.parent !== relation || !concerns(key, refersTo) || sampled.written.has(key.child)) continue;
      const fresh = await children(sampled, key, places);
      if (!fresh || (await sampled.take(key.child, fresh)) === undefined) {
        sampled.unseen.push(
          `rows of ${key.child} that refer to rows of ${key.parent} that it touches, which could not be copied`,
        );
        continue;
      }
      const becomes = becomesOf(key, refersTo);
      if (becomes !== undefined && fresh.length > 0)
        queue.push({ relation: key.child, places: fresh, refersTo: becomes });
    }
  }
}

async function children(
  sampled: Sampled,
  key: IncomingKey,
  places: readonly Places[],
): Promise<Places[] | undefined> {
  const child = sampled.plan.tables.get(key.child);
  if (!child || sampled.isSettled(child)) return undefined;
  const found = await placesOf(sampled.source, childrenOf(key, child, places), sampled.rowsPerTable);
  return found?.map((each) => sampled.fresh(each)).filter(({ ctids }) => ctids.length > 0);
}

/** What becomes of a row that refers to one that goes, or whose columns change; undefined: nothing, it is only in the way. */
function becomesOf(key: IncomingKey, refersTo: RefersTo): RefersTo | undefined {
  const act = refersTo === 'row' ? key.onDelete : key.onUpdate;
  if (act === 'c' && refersTo === 'row') return 'row';
  return 'ar'.includes(act) ? undefined : key.childColumns;
}

/** Whether a key looks at what becomes of the row. */
const concerns = (key: IncomingKey, refersTo: RefersTo): boolean =>
  refersTo === 'row' || key.parentColumns.some((column) => refersTo.includes(column));
