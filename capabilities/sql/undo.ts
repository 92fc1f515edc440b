import { NO_ROWS, type Applied, type Change, type RowCounts, type Undone } from '../../schemas/change';
import { fail, SluiceError } from '../../schemas/errors';
import { quoteLiteral } from '../../sql/quote';
import type { WriteSession } from '../../warehouses/warehouse';
import type { WriteContext } from '../capability';
import { detailOf, type SqlBody } from './body';
import type { UndoStep } from './plan';
import { runByLoad } from './rows/loads';
import { runSwap, type Phase } from './rows/swap';

/**
 * Takes the statements back, last first, by what the ledger says. Throws `undo_refused`, naming what stands in the
 * way, when rows or objects are no longer as the change left them.
 */
export async function undoSql(change: Change<SqlBody>, applied: Applied, ctx: WriteContext): Promise<Undone> {
  const rows: RowCounts = { ...NO_ROWS };
  const { undo } = detailOf(applied);
  for (const { place, steps } of [...undo].reverse()) {
    for (const step of steps) {
      const told: Told = (done) => ctx.heartbeat({ undoing: place, ...done });
      told({});
      try {
        await ctx.effects?.before();
        await undoStep(step, ctx, rows, told);
        await ctx.effects?.note(place, { rowsOnly: step.do !== 'run' || step.counts !== undefined });
      } catch (error) {
        throw asRefusal(error, place, change);
      }
    }
  }
  return { rows };
}

/** What it is at, for whoever watches. */
type Told = (done: { phase?: Phase; rows?: number }) => void;

async function undoStep(step: UndoStep, ctx: WriteContext, rows: RowCounts, told: Told): Promise<void> {
  const { session } = ctx;
  switch (step.do) {
    case 'refuse': {
      const [row] = await session.query<{ n: string | number }>(step.sql);
      const n = Number(row!.n);
      if (n === 0) return;
      const counted = step.because.startsWith('{n} ');
      throw refusal(counted ? `${step.because.slice(4)} (rows: ${Math.abs(n)})` : step.because);
    }
    case 'run': {
      const affected = await session.execute(step.sql);
      if (step.counts) rows[step.counts] += affected;
      return;
    }
    case 'by load': {
      const affected = await runByLoad(step, session, (n) => told({ rows: n }));
      if (step.counts) rows[step.counts] += affected;
      return;
    }
    case 'swap':
      if (await runSwap(step, ctx, told)) return;
      for (const each of step.or) await undoStep(each, ctx, rows, told);
      return;
    case 'sequence':
      return putBack(step, session);
  }
}

/**
 * Only if nobody drew from it since. RESTART first: it gives the sequence new storage in this transaction, so that
 * `setval`, which no rollback takes back, ends with it (sql-altersequence.html, "Notes").
 */
async function putBack(step: Extract<UndoStep, { do: 'sequence' }>, session: WriteSession): Promise<void> {
  const { sequence, was, left } = step;
  const [now] = await session.query<{ last: string; called: boolean }>(
    `select last_value::text as last, is_called as called from ${sequence}`,
  );
  if (now!.last !== left.last || now!.called !== left.called) return;
  await session.execute(`alter sequence ${sequence} restart`);
  await session.query(`select setval(${quoteLiteral(sequence)}, $1::bigint, $2::boolean)`, [
    was.last,
    was.called,
  ]);
}

const NEXT =
  'Take the later change back first, or put right by hand what stands in the way, then undo again.';

function refusal(because: string): SluiceError {
  return fail('undo_refused', `It cannot be taken back: ${because}.`, { next: NEXT });
}

/** What a database says when the world has moved on: names taken or gone, rows in the way, things that depend on it. */
const IN_THE_WAY = /^(23|22|42P07|42710|42701|42723|42P06|2BP01|42P01|42703|42704|3F000)/;

function asRefusal(error: unknown, place: string, change: Change<SqlBody>): unknown {
  if (!(error instanceof SluiceError)) return error;
  if (error.code === 'undo_refused') return new SluiceError({ ...error.problem, place }, { cause: error });
  const { code } = (error.cause ?? {}) as { code?: string };
  if (code === undefined || !IN_THE_WAY.test(code)) return error;
  return fail(
    'undo_refused',
    `The statement at ${place} (${change.title}) cannot be taken back: ${error.message}`,
    {
      next: NEXT,
      place,
      cause: error,
    },
  );
}
