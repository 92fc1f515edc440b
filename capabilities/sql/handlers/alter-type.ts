import { typeChange } from '../../../sql/clauses';
import { quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../../sql/quote';
import { secure } from '../../../warehouses/ledger.sql';
import { namedType } from '../../../warehouses/postgres/named-type';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { ActionOf } from '../action';
import { attachedTo, inOrder, type Attached } from '../catalogue/attached';
import { tableColumns, type Column } from '../catalogue/columns';
import { dependentsOf } from '../catalogue/dependents';
import { rowKey } from '../catalogue/key';
import { generatedInputs } from '../catalogue/movable';
import { findRelation, type Relation } from '../catalogue/relation';
import { storageSettings, tableSettings } from '../catalogue/settings';
import { rowTypeUsers } from '../catalogue/row-type';
import { nothing, run, runs, type Plan, type Planning } from '../plan';
import { originalOf } from '../rows/copy';
import { findRows, fits, keepValues, swapBack, swapNarrowed, typeBack, type Retype } from '../rows/retype';
import { keepStamps, stampsBack } from '../rows/stamps';
import { widening } from '../rows/widening';
import { columnKey } from './expect';
import { stampsOf, valuesOf } from './stamped';
import { mismatch, needColumn, needTable } from './target';

/** ALTER COLUMN … TYPE runs as it is written. Unless no value can change by it, the values before are kept. */
export async function planAlterType(
  action: ActionOf<'alter type'>,
  at: Planning,
  /** Views that are not there while it runs. */
  lifted: ReadonlySet<string> = new Set(),
): Promise<Plan> {
  const { session, aside, ordinal } = at;
  const { relation, ifTable } = action;
  if (ifTable && !(await findRelation(session, relation))) return nothing(`there is no table ${relation}`);
  const table = await needTable(session, action, relation);
  const { column, columns } = await needColumn(session, action, table, action.column);
  if (column.generated !== '') {
    const next = 'Drop the column and add it with the other type; its values come from its expression.';
    throw mismatch(
      action,
      `${column.name} of ${relation} is a generated column, whose type cannot be taken back yet.`,
      next,
    );
  }
  await refuseDependents(session, action, table, column, lifted);
  const change = await typeChange(action.text);
  const type = await typeName(session, action, change.type);
  const wider = change.using === undefined ? widening(quoteIdent(column.name), column.type, type) : undefined;
  const attached = (await attachedTo(session, table.oid)).filter((each) => each.columns.includes(column.num));
  // The change, or its undo, writes every row anew.
  const stamps = await stampsOf(table, at);
  const original = await originalOf(table, at);
  const settings = await tableSettings(session, table.oid);
  const toast = { ...settings, options: settings.options.filter((each) => each.startsWith('toast.')) };
  const retype: Retype = {
    stamped: stamps !== undefined,
    ...{
      name: relation,
      column,
      columns,
      change,
      table: quoteRelation(relation),
      partitioned: table.kind === 'p',
    },
    before: aside.name('before', ordinal).quoted,
    map: aside.name('map', ordinal).quoted,
    key: await rowKey(session, table.oid),
  };
  const keeps = wider === undefined;
  const keep = keeps ? [keepValues(retype), secure(retype.before)] : [];
  return {
    acts: [...(stamps ? keepStamps(stamps) : []), ...keep, action.text].map((sql) => ({ sql })),
    kept: [
      ...(keeps ? [valuesOf(aside.name('before', ordinal).bare, relation, retype.key)] : []),
      ...(stamps ? [valuesOf(aside.name('before', ordinal, '_rows').bare, relation, stamps.key)] : []),
    ],
    undo: async (after) => {
      const changed = after ? await changedBy(attached, after, table.oid) : [];
      const inPlace = [
        run(`lock table only ${retype.table} in access exclusive mode`),
        ...runs([...changed].reverse().map((each) => each.drop)),
        ...typeBack(retype, keeps),
        ...runs(changed.flatMap((each) => each.create)),
        ...(keeps ? runs([`drop table ${retype.map}`, `drop table ${retype.before}`]) : []),
        ...(stamps ? stampsBack(stamps) : []),
        // A table whose rows are all short has no TOAST table, and with it went what was set for that.
        ...runs(storageSettings(retype.table, toast)),
      ];
      const swap = keeps ? swapBack : swapNarrowed;
      return [
        // Readers go on while rows are looked up, and nobody else writes any.
        run(`lock table only ${retype.table} in share row exclusive mode`),
        ...(keeps ? findRows(retype) : [fits(retype, wider.unfit)]),
        ...(original ? [swap(original, retype, stamps, inPlace)] : inPlace),
      ];
    },
    expect: [expectType(relation, column.name, type)],
    gone: [`${columnKey(relation, column.name)} type`],
  };
}

async function refuseDependents(
  session: ReadSession,
  action: ActionOf<'alter type'>,
  table: Relation,
  column: Column,
  lifted: ReadonlySet<string>,
): Promise<void> {
  const inputs = await generatedInputs(session, table.oid);
  const columns = await tableColumns(session, table.oid);
  const attached = (await attachedTo(session, table.oid)).filter((each) => each.columns.includes(column.num));
  const held = [
    ...(await dependentsOf(session, [table.oid]))
      .filter(
        (each) =>
          each.column === column.num && each.kind !== 'foreign key' && !lifted.has(each.viewOid ?? ''),
      )
      .map((each) => each.description),
    ...columns
      .filter(({ num }) => inputs.get(num)?.includes(column.num))
      .map(({ name }) => `generated column ${name}`),
    ...attached
      .filter(({ kind }) => kind === 'policy' || kind === 'trigger')
      .map(({ kind, name }) => `${kind} ${name}`),
    ...(await rowTypeUsers(session, table.oid)).map(
      (name) => `${name}, whose values are rows of ${table.name}`,
    ),
  ];
  if (held.length === 0) return;
  const list = [...new Set(held)].slice(0, 5).join(', ');
  throw mismatch(
    action,
    `The type of ${table.name}.${column.name} cannot be changed: it is used by ${list}.`,
    'Drop those first in the same step, and make them again after it.',
  );
}

/** The type as the catalogue writes it. Throws `target_mismatch` for one that does not exist. */
async function typeName(
  session: ReadSession,
  action: ActionOf<'alter type'>,
  written: string,
): Promise<string> {
  // The person's spelling is looked up where theirs is: `public` comes after the system's types.
  const named = (await namedType(session, written)) ?? (await namedType(session, `public.${written}`));
  if (!named) throw mismatch(action, `There is no type ${written}.`, 'Check the name.');
  const [row] = await session.query<{ type: string }>('select format_type($1::oid, $2) as type', [
    named.oid,
    named.modifier,
  ]);
  return row!.type;
}

/** What PostgreSQL rewrote along with the type: its definition reads otherwise now, so it is made again as it was. */
async function changedBy(before: readonly Attached[], after: ReadSession, oid: string): Promise<Attached[]> {
  const now = new Map(
    (await attachedTo(after, oid)).map((each) => [`${each.kind} ${each.name}`, each.definition]),
  );
  return inOrder(before.filter((each) => now.get(`${each.kind} ${each.name}`) !== each.definition));
}

function expectType(
  relation: string,
  column: string,
  type: string,
): { of: string; sql: string; message: string } {
  const { schema, name } = splitRelation(relation);
  return {
    of: `${columnKey(relation, column)} type`,
    sql: `select exists (select from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${quoteLiteral(schema)} and c.relname = ${quoteLiteral(name)} and a.attname = ${quoteLiteral(column)}
      and format_type(a.atttypid, a.atttypmod) in (${quoteLiteral(type)}, ${quoteLiteral(type.replace(/^public\./, ''))})) as ok`,
    message: `the column ${column} of ${relation} is of type ${type}`,
  };
}
