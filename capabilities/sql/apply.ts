import { NO_ROWS, type Applied, type Change, type RowCounts } from '../../schemas/change';
import { fail, SluiceError } from '../../schemas/errors';
import { parseSql } from '../../sql/parse';
import { noteKept } from '../../warehouses/kept';
import type { ReadSession, WriteSession } from '../../warehouses/warehouse';
import type { WriteContext } from '../capability';
import { isAboutRows, type Action } from './action';
import { textHash } from './applied';
import { isByHand, type SqlBody, type SqlDetail } from './body';
import { planAction } from './handlers';
import { Aside, never, runs, type Expectation, type Plan, type Watch } from './plan';
import { recognise } from './recognise';

/**
 * Runs the statements one after the other. Each is planned from the catalogue as the one before it has left it, so
 * that its undo is exact whatever came before.
 */
export async function applySql(change: Change<SqlBody>, ctx: WriteContext): Promise<Applied> {
  const rows: RowCounts = { ...NO_ROWS };
  const detail: SqlDetail = { undo: [], expect: [], text: textHash(change.body.statements) };
  if (isByHand(change.body)) return applyByHand(change, detail, ctx);
  const aside = Aside.of(change.id);
  for (const [index, { text, place }] of change.body.statements.entries()) {
    ctx.heartbeat({ statement: index + 1 });
    try {
      await applyOne({ text, place }, index + 1, { ...ctx, change }, aside, { rows, detail });
    } catch (error) {
      throw placed(error, place);
    }
  }
  return { rows, detail };
}

/** Runs the statements as they are written; what takes them back is the script that came with them, or nothing. */
async function applyByHand(
  { body: { statements, undo }, step }: Change<SqlBody>,
  detail: SqlDetail,
  ctx: WriteContext,
): Promise<Applied> {
  for (const [index, { text, place }] of statements.entries()) {
    ctx.heartbeat({ statement: index + 1 });
    try {
      await ctx.effects?.before();
      await ctx.session.execute(text);
      await ctx.effects?.note(place);
    } catch (error) {
      throw placed(error, place);
    }
  }
  // The script runs from top to bottom, as the last of an undo.
  detail.undo = undo
    ? [{ place: undo[0]?.place ?? 'undo', steps: runs(undo.map(({ text }) => text)) }]
    : [
        {
          place: statements[0]!.place,
          steps: [never(`the step "${step}" says itself that it cannot be undone`)],
        },
      ];
  return { rows: { ...NO_ROWS }, detail };
}

async function applyOne(
  { text, place }: SqlBody['statements'][number],
  ordinal: number,
  { session, effects, change }: Pick<WriteContext, 'session' | 'effects'> & { change: Change<SqlBody> },
  aside: Aside,
  { rows, detail }: { rows: RowCounts; detail: SqlDetail },
): Promise<void> {
  const action = await actionOf(text, place);
  const plain = change.body.plain === true;
  const plan = await planAction(action, { session, aside, ordinal, applying: true, plain });
  if (plan.noop !== undefined) return;
  await effects?.before();
  const done = await carryOut(plan, action, session);
  await effects?.note(place, { rowsOnly: isAboutRows(action) });
  for (const kept of plan.kept ?? []) await noteKept(session, change.id, kept);
  add(rows, done.rows);
  detail.undo.push({ place, steps: await plan.undo(session) });
  const before = await stillGone(detail.expect, session);
  detail.expect = [...expected(before, plan), ...done.kept];
}

/** What the database says of a statement, with the statement's place. */
function placed(error: unknown, place: string): unknown {
  if (!(error instanceof SluiceError) || error.problem.place === place) return error;
  return new SluiceError(
    { ...error.problem, message: `${error.message} (the statement at ${place})`, place },
    { cause: error.cause },
  );
}

async function actionOf(text: string, place: string): Promise<Action> {
  const [statement] = await parseSql(text);
  const [action, second] = statement ? await recognise(statement) : [];
  if (action && !second) return { ...action, place };
  throw fail('internal', `The change holds a text that is not one statement (${place}).`, {
    next: 'Propose it again.',
    place,
  });
}

interface Done {
  rows: Partial<RowCounts>;
  kept: Expectation[];
}

async function carryOut(plan: Plan, action: Action, session: WriteSession): Promise<Done> {
  const counts: Partial<RowCounts> = {};
  const last = plan.acts.length - 1;
  let before: string[] = [];
  let affected = 0;
  for (const [index, act] of plan.acts.entries()) {
    if (index === last) before = await states(plan.watch ?? [], session);
    affected = await session.execute(act.sql);
    if (act.counts) counts[act.counts] = (counts[act.counts] ?? 0) + affected;
  }
  const after = await states(plan.watch ?? [], session);
  const moved = (plan.watch ?? []).find((_, index) => before[index] !== after[index]);
  if (moved) {
    throw fail('statement_refused', `The statement at ${action.place} was taken back: ${moved.because}.`, {
      next: 'Add that statement before it, in the same step.',
      place: action.place,
    });
  }
  const rows = { ...counts, ...(await plan.count?.(session)) };
  return { rows, kept: plan.keeps === undefined ? [] : [allKept(plan.keeps, affected)] };
}

/** Nothing may be affected that is not kept. */
function allKept(table: string, affected: number): Expectation {
  const message = `${affected} rows were affected and as many are kept for the undo`;
  return { of: `kept ${table}`, sql: `select count(*) = ${affected} as ok from ${table}`, message };
}

async function states(watch: readonly Watch[], session: ReadSession): Promise<string[]> {
  const found: string[] = [];
  for (const { sql } of watch) found.push((await session.query<{ state: string }>(sql))[0]!.state);
  return found;
}

function add(total: RowCounts, more: Partial<RowCounts>): void {
  for (const [key, value] of Object.entries(more)) total[key as keyof RowCounts] += value;
}

/** Without those whose name a statement since has given to something new. */
async function stillGone(list: readonly Expectation[], session: ReadSession): Promise<Expectation[]> {
  const held: Expectation[] = [];
  for (const each of list) {
    const holds = !each.absent || (await session.query<{ ok: boolean }>(each.sql))[0]?.ok === true;
    if (holds) held.push(each);
  }
  return held;
}

/** What later statements have dropped, renamed or changed again is no longer expected. */
function expected(before: readonly Expectation[], plan: Plan): Expectation[] {
  const gone = [...(plan.gone ?? []), ...(plan.expect ?? []).map(({ of }) => of)];
  const covers = (key: string, of: string): boolean =>
    key.endsWith('.') ? of.startsWith(key) : of === key || of.startsWith(`${key} `);
  return [...before.filter(({ of }) => !gone.some((key) => covers(key, of))), ...(plan.expect ?? [])];
}
