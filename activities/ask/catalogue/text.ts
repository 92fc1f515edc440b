import type { RelationName } from '../../../schemas/change';
import { nameAsData } from '../mask/names';
import type { MaskedColumn, MaskedRelation } from '../mask/columns';
import type { Keys } from './keys';
import type { Scored } from './score';

/** How many tokens a text is at most, as far as that can be told without the model's own count: three bytes each. */
export const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / 3);

/** Columns of one table that are spelt out; of a wider one, those that the words mean come first. */
const COLUMNS = 80;
const KINDS: Record<string, string> = { v: 'view', m: 'materialized view', f: 'foreign table' };
const relationAsData = (name: RelationName): string => nameAsData(name, 130);
const names = (list: readonly string[]): string[] => list.map((name) => nameAsData(name));

/** A relation in one line of JSON. */
export function lineOf(relation: MaskedRelation, keys: Keys | undefined, wanted: readonly string[]): string {
  const key = new Set([
    ...(keys?.keys.flat() ?? []),
    ...(keys?.references.flatMap((each) => each.columns) ?? []),
  ]);
  const shown = chosen(relation.columns, new Set(wanted), key);
  const hidden = shown.filter((column) => column.sensitive).map((column) => column.name);
  return JSON.stringify({
    table: relationAsData(relation.relation),
    ...(KINDS[relation.relkind] ? { kind: KINDS[relation.relkind] } : {}),
    ...(relation.rows === undefined ? {} : { rows: relation.rows }),
    columns: Object.fromEntries(
      shown.map(({ name, type, notNull }) => [nameAsData(name), `${short(type)}${notNull ? '!' : ''}`]),
    ),
    ...(shown.length < relation.columns.length
      ? { more_columns: relation.columns.length - shown.length }
      : {}),
    ...(hidden.length > 0 ? { hidden: names(hidden) } : {}),
    ...(keys && keys.keys.length > 0 ? { keys: keys.keys.map(names) } : {}),
    ...(keys && keys.references.length > 0
      ? {
          references: keys.references.map(
            ({ columns, to, theirs }) =>
              `${names(columns).join(', ')} -> ${relationAsData(to)}(${names(theirs).join(', ')})`,
          ),
        }
      : {}),
  });
}

function chosen(
  columns: readonly MaskedColumn[],
  wanted: ReadonlySet<string>,
  keys: ReadonlySet<string>,
): MaskedColumn[] {
  if (columns.length <= COLUMNS) return [...columns];
  const rank = ({ name }: MaskedColumn): number => (wanted.has(name) ? 0 : keys.has(name) ? 1 : 2);
  const best = new Set([...columns].sort((a, b) => rank(a) - rank(b)).slice(0, COLUMNS));
  return columns.filter((column) => best.has(column));
}

const short = (type: string): string =>
  type
    .replace('timestamp without time zone', 'timestamp')
    .replace('timestamp with time zone', 'timestamptz')
    .replace('character varying', 'varchar')
    .replace('double precision', 'float8');

/** What is not there, so that nobody takes the part for the whole. */
export function leftOut(rest: readonly Scored[], all: number): string {
  if (rest.length === 0) return `These are all ${all} tables and views of the warehouse that may be read.`;
  const bySchema = new Map<string, number>();
  for (const { entry } of rest) {
    const schema = entry.relation.slice(0, entry.relation.indexOf('.'));
    bySchema.set(schema, (bySchema.get(schema) ?? 0) + 1);
  }
  const schemas = [...bySchema].sort((a, b) => b[1] - a[1]);
  const listed = Object.fromEntries(
    schemas.slice(0, 20).map(([schema, count]) => [nameAsData(schema), count]),
  );
  const others = schemas.length > 20 ? ` and ${schemas.length - 20} more schemas` : '';
  return `Left out: ${rest.length} of ${all} tables and views, which fit the words less; by schema ${JSON.stringify(listed)}${others}. search_catalogue finds them, describe_table describes them.`;
}
