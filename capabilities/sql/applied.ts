import { createHash } from 'node:crypto';
import type { Applied, RelationFingerprint, RelationName } from '../../schemas/change';
import { textOf } from '../../sql/walk';
import { fingerprintRelations } from '../../warehouses/postgres/fingerprint-relations';
import type { ProposeContext } from '../capability';
import { isAboutRows, targetsOf, type Action } from './action';
import { detailOf, type SqlBody } from './body';

/** What a step's statements are known by in the ledger: places and comments between them do not count. */
export function textHash(statements: SqlBody['statements']): string {
  return createHash('sha256')
    .update(JSON.stringify(statements.map(({ text }) => text)))
    .digest('hex');
}

/** The run that applied something, and when. */
export interface AppliedBefore {
  runId: string;
  at: string;
}

/**
 * The run that applied these very statements as this step of this goal, if what they did still stands: it was not undone,
 * and the structure is as it left it or still shows every change. Undefined for a step that is meant to run each time:
 * one that only changes rows, or whose other statements say IF (NOT) EXISTS or OR REPLACE.
 */
export async function appliedBefore(
  actions: readonly Action[],
  ctx: ProposeContext,
): Promise<AppliedBefore | undefined> {
  if (!actions.some(happensOnce)) return undefined;
  if (actions.flatMap(targetsOf).some((name) => ctx.pending.has(name))) return undefined;
  const [row] = await ctx.live.query<{
    run: string;
    at: string;
    applied: Applied;
    after: Record<RelationName, RelationFingerprint> | null;
  }>(
    `select run_id as run, to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') as at, applied, after
       from sluice.change where state = 'applied' and kind = 'sql' and goal = $1 and step = $2
        and applied -> 'detail' ->> 'text' = $3 order by applied_at desc limit 1`,
    [ctx.goal, ctx.step, textHash(actions.map(({ text, place }) => ({ text, place })))],
  );
  if (!row) return undefined;
  const stands =
    (await asItWasLeft(row.after, ctx)) || (actions.every(shows) && (await holds(row.applied, ctx)));
  return stands ? { runId: row.run, at: row.at } : undefined;
}

async function asItWasLeft(
  after: Record<RelationName, RelationFingerprint> | null,
  ctx: ProposeContext,
): Promise<boolean> {
  if (!after) return false;
  const now = await fingerprintRelations(ctx.live, Object.keys(after).sort());
  return Object.entries(after).every(([name, fingerprint]) => now[name] === fingerprint);
}

async function holds(applied: Applied, ctx: ProposeContext): Promise<boolean> {
  for (const { of, sql } of detailOf(applied).expect) {
    // What is kept aside is read by nobody but the role that writes.
    if (of.startsWith('kept ')) continue;
    if ((await ctx.live.query<{ ok: boolean }>(sql))[0]?.ok !== true) return false;
  }
  return true;
}

/** A second time it would fail, or do something else. */
function happensOnce(action: Action): boolean {
  if (isAboutRows(action) || ('optional' in action && action.optional)) return false;
  if (action.kind === 'create view') return !action.replace;
  return !['setting', 'refresh', 'alter object', 'set default'].includes(action.kind);
}

/** The catalogue shows by itself that it has happened, whatever has been changed since. */
function shows(action: Action): boolean {
  switch (action.kind) {
    case 'set default':
    case 'setting':
    case 'refresh':
    case 'alter object':
    case 'create object':
    case 'drop object':
    case 'rename object':
      return false;
    case 'add constraint':
      return textOf(action.constraint, 'conname') !== undefined;
    case 'create index':
      return action.index !== undefined;
    default:
      return true;
  }
}
