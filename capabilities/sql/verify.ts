import type { Applied, Change, Check } from '../../schemas/change';
import type { ReadContext } from '../capability';
import { detailOf, type SqlBody } from './body';

/** Looks again, in the same transaction: everything the statements made is there, everything they took away is gone. */
export async function verifySql(
  change: Change<SqlBody>,
  applied: Applied,
  ctx: ReadContext,
): Promise<Check[]> {
  const detail = detailOf(applied);
  const checks: Check[] = [];
  for (const { of, sql, message } of detail.expect) {
    const [row] = await ctx.session.query<{ ok: boolean }>(sql);
    const ok = row?.ok === true;
    checks.push({
      name: of,
      ok,
      severity: 'error',
      message: ok ? message : `expected that ${message}; it is not so`,
    });
  }
  return checks;
}
