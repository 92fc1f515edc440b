import type { Finding, RelationName } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import type { ReadSession } from '../../warehouses/warehouse';
import type { Column } from '../query/shape';
import { attachmentsOf } from './attachments';
import type { Mode } from './body';
import { columnChanges, dependentsOf, sameColumns, type Target } from './target';

/**
 * Up to this size a table's rows are replaced in place; a bigger one is swapped, which writes each row once instead of
 * three times.
 */
export const SWAP_ABOVE_BYTES = 256 * 1024 * 1024;

export interface Choice {
  mode: Mode;
  /** Structure and kind stay: nothing but the rows (or the definition) changes. */
  refresh: boolean;
  findings: Finding[];
}

const RELKIND = { table: 'r', view: 'v' } as const;

/**
 * How the new content gets under the name of what is there. Throws `target_mismatch` where nothing safe is left: the
 * columns change under a view that reads them, or something hangs on the table that new content would set off or lose.
 */
export async function chooseMode(
  session: ReadSession,
  relation: RelationName,
  target: Target | undefined,
  wanted: { materialized: 'table' | 'view'; columns: readonly Column[] },
  sizes: { liveBytes: number; swapAbove: number },
): Promise<Choice> {
  if (!target) return { mode: 'create', refresh: true, findings: [] };
  const sameKind = target.relkind === RELKIND[wanted.materialized];
  const same = sameColumns(target.columns, wanted.columns);
  const hanging = await attachmentsOf(session, target.oid);
  const dependents = await dependentsOf(session, target.oid);
  const free = dependents.length === 0 && hanging.againstSwap.length === 0;

  if (sameKind && same && wanted.materialized === 'view')
    return { mode: 'replace', refresh: true, findings: [] };
  if (sameKind && same && !(sizes.liveBytes > sizes.swapAbove && free)) {
    if (hanging.againstRows.length === 0) return { mode: 'rows', refresh: true, findings: [] };
    throw standsInTheWay(relation, 'Its rows cannot be replaced', hanging.againstRows);
  }
  if (!free) {
    const change = sameKind
      ? columnChanges(target.columns, wanted.columns).join(', ')
      : `it becomes a ${wanted.materialized}`;
    throw standsInTheWay(relation, `Its structure would change (${change})`, [
      ...dependents,
      ...hanging.againstSwap,
    ]);
  }
  const findings: Finding[] = [
    {
      severity: 'info',
      rule: 'old_snapshots',
      place: relation,
      message: `${relation} is replaced by a new ${wanted.materialized}: a transaction whose REPEATABLE READ snapshot is older sees it empty.`,
    },
  ];
  return { mode: 'swap', refresh: sameKind && same, findings };
}

function standsInTheWay(relation: RelationName, what: string, things: readonly string[]): Error {
  return fail('target_mismatch', `${what}, but ${relation} has: ${things.join('; ')}.`, {
    next: 'Drop what is named (an `sql` step can), or give the model another name.',
    place: relation,
  });
}
