import { contentChecksum, subtractContent } from '../content';
import { deleteOrphans, detachOrphans, missingKeys, parentQuery } from './sample-copy';
import type { ForeignKey } from './sample-plan';
import type { Sampled } from './sampled';

/** So many times the wanted rows may come along as rows that others refer to, per key and round. */
const KEYS_PER_ROW = 10;
const ROUNDS = 100;

/** Every foreign key holds then; what is in each table is written down. */
export async function closeReferences(sampled: Sampled): Promise<void> {
  await loadParents(sampled);
  await settleOrphans(sampled);
  const { counts, contents, target, plan } = sampled;
  for (const relation of counts.keys()) {
    const known = contents.get(relation);
    if (known?.checksum) continue;
    const only = plan.tables.get(relation)?.only ?? false;
    contents.set(relation, {
      asked: false,
      ...known,
      checksum: await contentChecksum(target, relation, only),
    });
  }
}

/** Rows that the copied ones refer to, and what those refer to, until nothing is missing. */
async function loadParents(sampled: Sampled): Promise<void> {
  const { plan, target, rowsPerTable } = sampled;
  for (let round = 0, found = true; found && round < ROUNDS; round += 1) {
    found = false;
    for (const key of plan.foreignKeys) {
      const parent = plan.tables.get(key.parent);
      if (!parent || !sampled.counts.has(key.child)) continue;
      const keys = await missingKeys(target, key, rowsPerTable * KEYS_PER_ROW);
      if (keys[0]!.length === 0) continue;
      const copied = await sampled.copy(parent, parentQuery(parent, key, keys));
      found ||= copied !== undefined && copied.rows > 0;
    }
  }
}

/** What still refers to a row that was not copied is let go of, or goes. */
async function settleOrphans(sampled: Sampled): Promise<void> {
  const settled = new Map<string, number>();
  for (let round = 0, moved = true; moved && round < ROUNDS; round += 1) {
    moved = false;
    for (const key of sampled.plan.foreignKeys) {
      const { rows, end } = await settle(sampled, key);
      if (rows === 0) continue;
      moved = true;
      const gap = `rows of ${key.child} refer to rows of ${key.parent} that were not copied: they ${end}`;
      settled.set(gap, rows + (settled.get(gap) ?? 0));
    }
  }
  for (const [gap, rows] of settled) sampled.gaps.push(`${rows} sampled ${gap}`);
}

async function settle(
  { counts, contents, target }: Sampled,
  key: ForeignKey,
): Promise<{ rows: number; end: string }> {
  const count = counts.get(key.child);
  if (!count) return { rows: 0, end: '' };
  const known = contents.get(key.child);
  if (key.nullable.length > 0 && !known) {
    const rows = await detachOrphans(target, key);
    if (rows > 0) count.complete = false;
    return { rows, end: 'refer to nothing in the shadow' };
  }
  const gone = await deleteOrphans(target, key);
  const rows = Number(gone.rows);
  if (rows > 0) {
    count.complete = false;
    count.rows -= rows;
    if (known) known.checksum = subtractContent(known.checksum, gone);
  }
  return { rows, end: 'were left out' };
}
