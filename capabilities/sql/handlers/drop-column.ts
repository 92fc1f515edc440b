import { quoteIdent, quoteRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { secure } from '../../../warehouses/ledger.sql';
import { renamed, type ActionOf } from '../action';
import { attachedTo, unvalidated } from '../catalogue/attached';
import type { Column } from '../catalogue/columns';
import { dependentsOf, type Dependent } from '../catalogue/dependents';
import { hasDeferrable } from '../catalogue/foreign-keys';
import { rowKey } from '../catalogue/key';
import { generatedInputs, immovable } from '../catalogue/movable';
import { foreignGrants } from '../catalogue/privileges';
import { findRelation, type Relation } from '../catalogue/relation';
import { rowTypeUsers } from '../catalogue/row-type';
import { ownedSequences, sequenceName, type OwnedSequence } from '../catalogue/sequences';
import { tableTriggers } from '../catalogue/triggers';
import { nothing, type Plan, type Planning, type Position } from '../plan';
import { originalOf } from '../rows/copy';
import { HASH, hashOf, keyColumn, VALUE, type Match } from '../rows/identity';
import { rebuildColumns, type Rebuild } from '../rows/rebuild';
import { keepStamps, stampsBack } from '../rows/stamps';
import { columnKey, expectColumn, relationKey } from './expect';
import { stampsOf, valuesOf } from './stamped';
import { mismatch, needColumn, needTable } from './target';
import { readViews } from './views';

/**
 * DROP COLUMN runs as it is written; before it, the values are kept with what finds their rows again. A column that
 * is made again is always the last one, so the undo makes those after it again as well, in their order.
 */
export async function planDropColumn(action: ActionOf<'drop column'>, at: Planning): Promise<Plan> {
  const { session, aside, ordinal, applying } = at;
  const { relation, ifTable, optional } = action;
  if (ifTable && !(await findRelation(session, relation))) return nothing(`there is no table ${relation}`);
  const table = await needTable(session, action, relation);
  if (optional && !(await hasColumn(session, table, action.column)))
    return nothing(`${relation} has no column ${action.column}`);
  const { column, columns } = await needColumn(session, action, table, action.column);
  const [own] = (await ownedSequences(session, table.oid)).filter((each) => each.column === column.name);
  const dependents = await dependentsOf(session, [table.oid, ...(own ? [own.oid] : [])]);
  await refuseDependents(session, action, table, column, columns, dependents);

  const after = columns.filter(({ num }) => num > column.num);
  const stuck = after.length === 0 ? [] : await immovable(session, table.oid, after, columns, dependents);
  const moved = stuck.length > 0 ? [] : after;
  const nums = [column, ...moved].map(({ num }) => num);
  const keep = keepValues(action, at, table, column, columns, await rowKey(session, table.oid, column.name));
  const trash =
    own && !own.identity
      ? trashSequence(own, aside.name('trash', ordinal, '_s').bare)
      : { first: [], away: [], back: [] };
  const attached = await attachedTo(session, table.oid);
  // Adding a stored column writes every row anew.
  const rewrites = [column, ...moved].some((each) => each.generated === 's');
  const stamps = rewrites ? await stampsOf(table, at) : undefined;
  const rebuild: Rebuild = {
    ...{ name: relation, table: quoteRelation(relation), owner: table.owner, dropped: column, moved },
    attached: attached.filter((each) => each.columns.some((num) => nums.includes(num))),
    unvalidated: unvalidated(attached).filter((each) => !each.columns.some((num) => nums.includes(num))),
    sequences: await ownedSequences(session, table.oid),
    identityAt: applying && own?.identity ? await position(session, own) : undefined,
    sequenceBack: trash.back,
    views: await readViews(session, viewsOn(dependents, moved)),
    triggers: await tableTriggers(session, table.oid),
    deferrable: await hasDeferrable(session, table.oid),
    match: keep.match,
    original: await originalOf(table, at),
    then: stamps ? stampsBack(stamps) : [],
    last: stamps ? [`drop table ${stamps.before}`] : [],
  };
  return {
    acts: [
      ...(stamps ? keepStamps(stamps) : []),
      ...keep.acts,
      ...trash.first,
      action.text,
      ...trash.away,
    ].map((sql) => ({ sql })),
    kept: [
      ...(keep.match ? [valuesOf(aside.name('before', ordinal).bare, relation, keep.match.key)] : []),
      ...(stamps ? [valuesOf(aside.name('before', ordinal, '_rows').bare, relation, stamps.key)] : []),
    ],
    undo: () => Promise.resolve(rebuildColumns(rebuild)),
    expect: [expectColumn(relation, column.name, false)],
    gone: [
      columnKey(relation, column.name),
      ...attached
        .filter((each) => each.columns.includes(column.num))
        .flatMap(({ name }) => [
          relationKey(renamed(relation, name)),
          `${relationKey(relation)} constraint ${name}`,
        ]),
    ],
    lossy: [
      ...stuck
        .slice(0, 1)
        .map(
          (what) =>
            `the place of the column ${column.name}: it comes back as the last one of ${relation}, because ${what} holds those after it`,
        ),
      ...foreignGrants(table.owner, column.rights).map(
        (role) =>
          `rights on ${relation}.${column.name} that ${role} granted come back as granted by ${table.owner}`,
      ),
    ],
  };
}

async function hasColumn(session: ReadSession, table: Relation, name: string): Promise<boolean> {
  const rows = await session.query(
    'select 1 from pg_attribute where attrelid = $1::oid and attname = $2 and attnum > 0 and not attisdropped',
    [table.oid, name],
  );
  return rows.length > 0;
}

async function refuseDependents(
  session: ReadSession,
  action: ActionOf<'drop column'>,
  table: Relation,
  column: Column,
  columns: readonly Column[],
  dependents: readonly Dependent[],
): Promise<void> {
  const inputs = await generatedInputs(session, table.oid);
  const generated = columns
    .filter(({ num }) => inputs.get(num)?.includes(column.num))
    .map(({ name }) => `column ${name}`);
  const attached = (await attachedTo(session, table.oid)).filter((each) => each.columns.includes(column.num));
  const held = [
    ...dependents.filter((each) => each.column === column.num).map((each) => each.description),
    ...generated,
    ...(await rowTypeUsers(session, table.oid)).map(
      (name) => `${name}, whose values are rows of ${table.name}`,
    ),
    ...attached
      .filter(({ kind }) => kind === 'policy' || kind === 'trigger')
      .map(({ kind, name }) => `${kind} ${name}`),
  ];
  if (held.length === 0) return;
  const list = [...new Set(held)].slice(0, 5).join(', ');
  throw mismatch(
    action,
    `The column ${column.name} of ${table.name} cannot be dropped: it is used by ${list}.`,
    'Drop those first, by name, in the same step.',
  );
}

function keepValues(
  action: ActionOf<'drop column'>,
  { aside, ordinal }: Planning,
  table: Relation,
  column: Column,
  columns: readonly Column[],
  key: string[] | undefined,
): { acts: string[]; match?: Match } {
  if (column.generated !== '') return { acts: [] };
  const quoted = quoteRelation(table.name);
  const before = aside.name('before', ordinal).quoted;
  const others = columns.filter((each) => each !== column).map((each) => quoteIdent(each.name));
  const found = key
    ? key.map((name, index) => `${quoteIdent(name)} as ${keyColumn(index)}`)
    : [`${hashOf(`row(${others.join(', ')})`)} as ${HASH}`];
  return {
    acts: [
      `create table ${before} as select ${[`${quoteIdent(action.column)} as ${VALUE}`, ...found].join(
        ', ',
      )} from only ${quoted}`,
      secure(before),
    ],
    // By key alone: what changed in other columns since does not matter, the value belongs to the key.
    match: {
      table: quoted,
      partitioned: table.kind === 'p',
      before,
      map: aside.name('map', ordinal).quoted,
      key,
      unchanged: 'true',
    },
  };
}

/** The sequence of a `serial` column would go with it; it is kept in the trash instead, where it stands. */
function trashSequence(
  sequence: OwnedSequence,
  bare: string,
): { first: string[]; away: string[]; back: string[] } {
  const moved = { ...sequence, name: bare };
  return {
    first: [`alter sequence ${sequenceName(sequence)} owned by none`],
    away: [
      `alter sequence ${sequenceName(sequence)} rename to ${quoteIdent(bare)}`,
      `alter sequence ${sequenceName(moved)} set schema sluice`,
    ],
    back: [
      `alter sequence ${sequenceName({ ...moved, schema: 'sluice' })} set schema ${quoteIdent(sequence.schema)}`,
      `alter sequence ${sequenceName(moved)} rename to ${quoteIdent(sequence.name)}`,
    ],
  };
}

/** A view may also hold on to the table as a whole, or to its key (GROUP BY of a key): it is then lifted too. */
function viewsOn(dependents: readonly Dependent[], moved: readonly Column[]): string[] {
  const nums = new Set([0, ...moved.map(({ num }) => num)]);
  if (moved.length === 0) return [];
  return dependents
    .filter((each) => each.kind === 'view' && nums.has(each.column))
    .map((each) => each.viewOid!);
}

async function position(session: ReadSession, sequence: OwnedSequence): Promise<Position> {
  const [row] = await session.query<Position>(
    `select last_value::text as last, is_called as called from ${sequenceName(sequence)}`,
  );
  return row!;
}
