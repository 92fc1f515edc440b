import { quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Action, ActionOf } from '../action';
import { attachedTo, inOrder, type Attached } from '../catalogue/attached';
import { tableColumns } from '../catalogue/columns';
import { membersOf, rowsOf, type Relation } from '../catalogue/relation';
import { refuse, run, runs, type Plan, type Planning, type UndoStep } from '../plan';
import { ROW } from '../rows/identity';
import { expectPartition } from './expect';
import { mismatch, needTable } from './target';

/** By the partition's oid: the indexes, keys and foreign keys that partitions have of their own. */
export type Own = Map<string, Attached[]>;

export async function ownOfPartitions(
  session: ReadSession,
  table: Pick<Relation, 'oid' | 'kind'>,
): Promise<Own> {
  const own: Own = new Map();
  if (table.kind !== 'p') return own;
  for (const { oid } of (await membersOf(session, table.oid)).slice(1)) {
    own.set(
      oid,
      (await attachedTo(session, oid)).filter(({ kind, inherited }) => TAKEN.has(kind) && !inherited),
    );
  }
  return own;
}

const TAKEN = new Set(['index', 'key', 'foreign key']);

/** Those that a new index, key or foreign key of the table above has made its own: they go when that goes. */
export async function takenOver(before: Own, after: ReadSession): Promise<Attached[]> {
  const taken: Attached[] = [];
  for (const [oid, list] of before) {
    const now = (await attachedTo(after, oid)).filter(({ inherited }) => inherited);
    taken.push(
      ...list.filter(({ kind, name }) => now.some((each) => each.kind === kind && each.name === name)),
    );
  }
  return inOrder(taken);
}

/** FOR VALUES … or DEFAULT, as PostgreSQL writes it. */
export async function boundOf(session: ReadSession, oid: string): Promise<string> {
  const [row] = await session.query<{ bound: string }>(
    'select pg_get_expr(relpartbound, oid) as bound from pg_class where oid = $1::oid',
    [oid],
  );
  return row!.bound;
}

/** Detached, a partition keeps what it was given as one; what it had none of before goes. Rows written since stay put. */
export async function planAttachPartition(action: ActionOf<'attach partition'>, at: Planning): Promise<Plan> {
  const { relation, partition } = action;
  const above = await needTable(at.session, action, relation);
  if (above.kind !== 'p') throw notPartitioned(action, relation);
  const table = await needTable(at.session, action, partition);
  if (table.above.length > 0)
    throw mismatch(action, `${partition} is a partition of ${table.above[0]!} already.`, 'Detach it first.');
  const members = await membersOf(at.session, table.oid);
  const before = new Map<string, { names: Set<string>; nullable: string[] }>();
  for (const { oid } of members) {
    const names = new Set((await attachedTo(at.session, oid)).map(({ kind, name }) => `${kind} ${name}`));
    const nullable = (await tableColumns(at.session, oid)).filter(({ notNull }) => !notNull);
    before.set(oid, { names, nullable: nullable.map(({ name }) => name) });
  }
  const [root, part] = [quoteRelation(relation), quoteRelation(partition)];
  return {
    acts: [{ sql: action.text }],
    undo: async (after) => {
      const made: string[] = [];
      for (const { oid, table: quoted } of after ? members : []) {
        const was = before.get(oid)!;
        const now = (await attachedTo(after!, oid)).filter(
          ({ kind, name }) => TAKEN.has(kind) && !was.names.has(`${kind} ${name}`),
        );
        made.unshift(
          ...inOrder(now)
            .reverse()
            .map((each) => each.drop),
          ...(await tableColumns(after!, oid))
            .filter(({ name, notNull }) => notNull && was.nullable.includes(name))
            .map(({ name }) => `alter table only ${quoted} alter column ${quoteIdent(name)} drop not null`),
        );
      }
      return [
        run(`lock table ${root} in access exclusive mode`),
        ...(await sameRows(table, after)),
        run(`alter table ${root} detach partition ${part}`),
        ...runs(made),
      ];
    },
    expect: [expectPartition(relation, partition, true)],
  };
}

/** Rows that came in through the table above would be gone from it. */
async function sameRows(table: Relation, after?: ReadSession): Promise<UndoStep[]> {
  const mark = `select concat(count(*), '/', coalesce(sum(hashtextextended(${ROW}::text, 0)::numeric), 0)) as mark from ${rowsOf(table)} ${ROW}`;
  const left = after ? (await after.query<{ mark: string }>(mark))[0]!.mark : '<count>/<checksum>';
  return [
    refuse(
      `select (mark is distinct from ${quoteLiteral(left)})::int as n from (${mark}) now`,
      `rows of ${table.name} were written since it was attached`,
    ),
  ];
}

export async function planDetachPartition(action: ActionOf<'detach partition'>, at: Planning): Promise<Plan> {
  const { relation, partition } = action;
  const above = await needTable(at.session, action, relation);
  if (above.kind !== 'p') throw notPartitioned(action, relation);
  const table = await needTable(at.session, action, partition);
  if (table.above[0] !== relation)
    throw mismatch(action, `${partition} is no partition of ${relation}.`, 'Check the names.');
  return {
    acts: [{ sql: action.text }],
    undo: await attachAgain(at.session, table),
    expect: [expectPartition(relation, partition, false)],
  };
}

/** Attaches a table again as the partition that it was. */
export async function attachAgain(session: ReadSession, table: Relation): Promise<() => Promise<UndoStep[]>> {
  const [root, part] = [quoteRelation(table.above[0]!), quoteRelation(table.name)];
  const bound = await boundOf(session, table.oid);
  // Triggers of the table above are made anew for it; what was set for it alone is set again.
  const extras: string[] = [];
  for (const { oid } of await membersOf(session, table.oid)) {
    const attached = await attachedTo(session, oid);
    for (const each of attached) {
      if (each.kind === 'trigger' && each.inherited) extras.push(...each.create.slice(1));
    }
  }
  return () =>
    Promise.resolve(
      runs([
        `lock table only ${root}, only ${part} in access exclusive mode`,
        `alter table ${root} attach partition ${part} ${bound}`,
        ...extras,
      ]),
    );
}

function notPartitioned(action: Action, name: string): Error {
  return mismatch(
    action,
    `${name} is not partitioned.`,
    `A table is partitioned when it is made: CREATE TABLE ${splitRelation(name).name} (…) PARTITION BY ….`,
  );
}
