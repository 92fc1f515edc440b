import { SluiceError } from '../../../schemas/errors';
import { quoteIdent, quoteRelation, splitRelation } from '../../../sql/quote';
import { withCatalogueSettings } from '../../../warehouses/postgres/catalogue-settings';
import { fingerprintRelations } from '../../../warehouses/postgres/fingerprint-relations';
import type { WriteSession } from '../../../warehouses/warehouse';
import type { WriteContext } from '../../capability';
import { politely } from '../../model/politely';
import { hangsOnNamed } from '../catalogue/hangs';
import type { UndoStep } from '../plan';
import { runByLoad } from './loads';

export type Swap = Extract<UndoStep, { do: 'swap' }>;

/** What the swap is at, for whoever watches. */
export type Phase = 'copying rows' | 'building indexes' | 'swapping';

/**
 * Builds the copy while readers of the table go on (writers wait: the table must be locked against them), and puts it
 * in the table's place, for which readers wait a moment. False: something hangs on the table, or the copy would not be
 * what the table was; then everything is as it was before.
 *
 * Rows that no load wrote must bear the id of the transaction itself (see `rowsAreOurs` of a model), so there is no
 * savepoint around all of it: only around what writes nothing but the catalogue.
 */
export async function runSwap(
  step: Swap,
  ctx: Pick<WriteContext, 'session' | 'signal' | 'patience'>,
  told: (at: { phase: Phase; rows?: number }) => void,
): Promise<boolean> {
  const { session } = ctx;
  const found = await withCatalogueSettings(session, () => hangsOnNamed(session, step.relation));
  if (!found || found.hangs.length > 0) return false;
  const [role] = await session.query<{ name: string; may: boolean }>(
    `select current_user::text as name, has_database_privilege(current_database(), 'CREATE') as may`,
  );
  if (!role!.may || role!.name !== step.owner) return false;
  if (!(await tried(session, () => runAll(session, step.make)))) return false;
  told({ phase: 'copying rows' });
  await withMemory(session, () =>
    runByLoad(step.fill, session, (rows) => told({ phase: 'copying rows', rows })),
  );
  const finished = await tried(session, async () => {
    await withMemory(session, async () => {
      for (const sql of step.finish) {
        told({ phase: 'building indexes' });
        await session.execute(sql);
      }
    });
    await withoutDefaultRights(session, step);
    told({ phase: 'swapping' });
    await politely(ctx, () => exchange(session, step, found.oid));
  });
  await runAll(session, finished ? step.last : step.away);
  return finished;
}

async function exchange(session: WriteSession, step: Swap, oid: string): Promise<void> {
  const table = quoteRelation(step.relation);
  await session.execute(`lock table only ${table} in access exclusive mode`);
  await follow(session, oid, `${quoteIdent(step.scratch)}.${quoteIdent(splitRelation(step.relation).name)}`);
  await runAll(session, step.exchange);
  const now = await fingerprintRelations(session, [step.relation]);
  if (now[step.relation] !== step.fingerprint) throw new Differs();
}

/** The copy is not what the table was. */
class Differs extends Error {}

async function runAll(session: WriteSession, statements: readonly string[]): Promise<void> {
  for (const sql of statements) await session.execute(sql);
}

/** What default privileges gave the copy and its sequences; the table's own rights are granted in its place. */
async function withoutDefaultRights(session: WriteSession, { scratch }: Swap): Promise<void> {
  const rights = await session.query<{ statement: string }>(
    `select distinct format('revoke all on %s %s from %s', case c.relkind when 'S' then 'sequence' else 'table' end,
         format('%I.%I', n.nspname, c.relname), case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end) as statement
       from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) x
      where n.nspname = $1 and c.relkind in ('r', 'S') and x.grantee <> c.relowner`,
    [scratch],
  );
  await runAll(
    session,
    rights.map(({ statement }) => statement),
  );
}

/** What Sluice remembers by the table's oid is about the copy from now on. */
async function follow(session: WriteSession, from: string, copy: string): Promise<void> {
  const [row] = await session.query<{ oid: string }>('select $1::regclass::oid::text as oid', [copy]);
  const to = row!.oid;
  await session.execute('update sluice.kept set relid = $2::oid where relid = $1::oid', [from, to]);
  await session.execute('update sluice.erasure set relid = $2::oid where relid = $1::oid', [from, to]);
  // Not those that are undone: their xmin says whose rows are the undo's.
  await session.execute(
    `update sluice.change set applied = jsonb_set(applied, '{detail,oid}', to_jsonb($2::text))
      where state = 'applied' and kind = 'model' and applied -> 'detail' ->> 'oid' = $1`,
    [from, to],
  );
}

/** Codes for what a table has that its copy cannot: names, kinds, rights, dependents. */
const NOT_SO = /^(42|2BP01|0A000|3F000|55000)/;

/** False where it does not work out: then nothing of it has happened. */
async function tried(session: WriteSession, work: () => Promise<void>): Promise<boolean> {
  await session.execute('savepoint sluice_swap');
  try {
    await work();
    await session.execute('release savepoint sluice_swap');
    return true;
  } catch (error) {
    const code = ((error as Error).cause as { code?: string } | undefined)?.code ?? '';
    if (!(error instanceof Differs) && !(error instanceof SluiceError && NOT_SO.test(code))) throw error;
    await session.execute('rollback to savepoint sluice_swap');
    await session.execute('release savepoint sluice_swap');
    return false;
  }
}

/** Kilobytes for joins and sorts, and for building indexes: the rows of a whole table pass through. */
const MEMORY = { work_mem: 65_536, maintenance_work_mem: 262_144 };

async function withMemory<T>(session: WriteSession, work: () => Promise<T>): Promise<T> {
  const set = (name: string, value: string): Promise<unknown> =>
    session.query(`select set_config($1, $2, true)`, [name, value]);
  const before: [string, string][] = [];
  for (const [name, kb] of Object.entries(MEMORY)) {
    const [now] = await session.query<{ kb: string }>(
      'select setting as kb from pg_settings where name = $1',
      [name],
    );
    if (Number(now!.kb) >= kb) continue;
    before.push([name, `${now!.kb}kB`]);
    await set(name, `${kb}kB`);
  }
  const result = await work();
  for (const [name, value] of before) await set(name, value);
  return result;
}
