import type { Applied, RelationName } from '../../schemas/change';
import { LEDGER_SCHEMA as S } from '../../warehouses/ledger.sql';
import type { WriteSession } from '../../warehouses/warehouse';

/** A ledger row whose undo compares the rows of a table that it made with a sum over them. */
interface Sum {
  changeId: string;
  /** The statement as the ledger has it, and the query in it that gives the sum. */
  sql: string;
  query: string;
}

interface Refusal {
  do: string;
  sql?: string;
}

const COMPARES = /^select \(sum is distinct from '[^']*'\)::int as n from \((.*)\) now$/s;

/** Before rows go: the sums over this relation that still hold. */
export async function rememberSums(session: WriteSession, relation: RelationName): Promise<Sum[]> {
  const changes = await session.query<{ id: string; applied: Applied }>(
    `select change_id as id, applied from ${S}.change
      where kind = 'sql' and state = 'applied' and writes @> array[$1::text] and applied::text like '%(sum is distinct from %'`,
    [relation],
  );
  const sums: Sum[] = [];
  for (const { id, applied } of changes) {
    for (const { sql } of stepsOf(applied)) {
      const query = sql === undefined ? undefined : COMPARES.exec(sql)?.[1];
      if (sql === undefined || query === undefined) continue;
      const there = await session.query<{ ok: boolean }>(
        `select to_regclass(split_part(split_part($1, ' from only ', 2), ' ', 1)) is not null as ok`,
        [query],
      );
      if (!there[0]?.ok) continue;
      const [row] = await session.query<{ n: number }>(sql);
      if (Number(row!.n) === 0) sums.push({ changeId: id, sql, query });
    }
  }
  return sums;
}

function stepsOf(applied: Applied): Refusal[] {
  const undo = applied.detail?.undo as { steps: Refusal[] }[] | undefined;
  return (undo ?? []).flatMap(({ steps }) => steps).filter((step) => step.do === 'refuse');
}

/** After they have gone: the sums are those of the rows that are left, so that the undo misses nobody. */
export async function keepSums(session: WriteSession, sums: readonly Sum[]): Promise<void> {
  for (const { changeId, sql, query } of sums) {
    const [now] = await session.query<{ sum: string }>(`select sum from (${query}) now`);
    const next = sql.replace(/is distinct from '[^']*'/, `is distinct from '${now!.sum}'`);
    if (next === sql) continue;
    await session.execute(
      `update ${S}.change set applied = replace(applied::text, $2, $3)::jsonb where change_id = $1`,
      [changeId, JSON.stringify(sql).slice(1, -1), JSON.stringify(next).slice(1, -1)],
    );
  }
}
