import type { RelationName } from '../../../schemas/change';
import { quoteIdent } from '../../../sql/quote';
import { secure } from '../../../warehouses/ledger.sql';
import type { Attached } from '../catalogue/attached';
import type { Column } from '../catalogue/columns';
import { withoutTriggers, type Trigger } from '../catalogue/triggers';
import { run, runs, type UndoStep } from '../plan';
import { from, HASH, hashOf, keyColumn, mapped, mapRows, ROW, type Match } from './identity';
import { XMIN } from './loads';

/**
 * Which transaction wrote each row. A statement that writes every row anew (a change of type, a column with a computed
 * value), or whose undo does, wipes that out for all of them, and with it which load a row came from.
 */
export interface Stamps extends Pick<Match, 'table' | 'partitioned' | 'before' | 'map' | 'key'> {
  name: string;
  kin: readonly RelationName[];
  columns: readonly Column[];
  triggers: readonly Trigger[];
  unvalidated: readonly Attached[];
}

/** Keeps the stamps, each with what finds its row once the row is as it was. */
export function keepStamps(stamps: Stamps): string[] {
  const { before, key, columns } = stamps;
  const found = key
    ? key.map((name, index) => `${quoteIdent(name)} as ${keyColumn(index)}`)
    : [`${hashOf(`row(${columns.map(({ name }) => quoteIdent(name)).join(', ')})`)} as ${HASH}`];
  return [
    `create table ${before} as select ${[`xmin as ${XMIN}`, ...found].join(', ')} from ${from(stamps)}`,
    secure(before),
  ];
}

/** The last part of an undo: writes the rows of each load once more, so that they are that load's again. */
export function stampsBack(stamps: Stamps): UndoStep[] {
  const { name, kin, before, map } = stamps;
  const column = stamps.columns.find((each) => each.generated === '' && each.identity !== 'a');
  const guard = withoutTriggers(stamps.triggers);
  const value = column && quoteIdent(column.name);
  return [
    ...(value === undefined
      ? []
      : [
          mapRows({ ...stamps, unchanged: 'true' }),
          ...runs([...stamps.unvalidated.map((each) => each.drop), ...guard.before]),
          {
            do: 'by load',
            relation: name,
            kin,
            sql: `update ${from(stamps)} ${ROW} set ${value} = ${ROW}.${value} from ${map} map join ${before} kept on kept.ctid = map."kept"
 where ${mapped(stamps)} and {mine}`,
            xmin: `kept.${XMIN}`,
            written: `select distinct ${XMIN} as xid from ${before}`,
          } as const,
          ...runs([...guard.after, ...stamps.unvalidated.flatMap((each) => each.create)]),
          run(`drop table ${map}`),
        ]),
    run(`drop table ${before}`),
  ];
}
