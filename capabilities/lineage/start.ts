import { didYouMean } from '../query/nearest';
import type { DatasetName } from '../../lineage/openlineage/datasets';
import { fail, type SluiceError } from '../../schemas/errors';
import type { LineageGraph, LineageNode } from '../../store/lineage/graph';

/** What is listed of a table's columns when none is like the one that was asked for. */
const LISTED = 12;

/**
 * `raw.people` is a table, `raw.people.age` a column of one, `people` and `people.age` are in the schema `public`. Of
 * datasets of one name in several databases, the newest that has the column. Throws `not_found` with what is like it.
 */
export async function findStart(
  graph: LineageGraph,
  wanted: string,
): Promise<{ start: LineageNode; others: DatasetName[] }> {
  let table: { shown: string; field: string; names: string[] } | undefined;
  for (const { name, field } of readings(wanted)) {
    const found = await graph.named(name);
    for (const dataset of found) {
      const others = found.filter((other) => other !== dataset);
      if (field === undefined) return { start: dataset, others };
      const start = { ...dataset, field };
      const { names, all } = await graph.columns(dataset);
      // Of what is only read, or was made with columns that nobody knows: what is known of its rows concerns each.
      if (names.includes(field) || (!all && (await leadsSomewhere(graph, start)))) return { start, others };
      table ??= { shown: name, field, names };
    }
  }
  if (table) throw noColumn(table);
  throw noTable(wanted, await graph.names());
}

interface Reading {
  name: string;
  field?: string;
}

function readings(wanted: string): Reading[] {
  const dot = wanted.lastIndexOf('.');
  const [before, after] = [wanted.slice(0, dot), wanted.slice(dot + 1)];
  const column = dot > 0 ? [{ name: before, field: after }] : [];
  return [{ name: wanted }, ...(dot < 0 ? [{ name: `public.${wanted}` }] : []), ...column];
}

async function leadsSomewhere(graph: LineageGraph, start: LineageNode): Promise<boolean> {
  return (await graph.walk(start, 'up')).length > 0 || (await graph.walk(start, 'down')).length > 0;
}

function noColumn({ shown, field, names }: { shown: string; field: string; names: string[] }): SluiceError {
  const meant = didYouMean(field, names);
  const more = names.length > LISTED ? ', …' : '';
  const listed = names.length > 0 ? ` It has ${names.slice(0, LISTED).join(', ')}${more}.` : '';
  return fail('not_found', `No run has recorded a column "${field}" of ${shown}.${meant}`, {
    next: `See the table as a whole: sluice lineage ${shown}.${meant === '' ? listed : ''}`,
  });
}

function noTable(wanted: string, known: readonly string[]): SluiceError {
  // Relations without their database, as people write them; what is like a file's name is a whole path.
  const shown = known.map((name) => (name.startsWith('/') ? name : name.split('.').slice(-2).join('.')));
  const meant = [wanted, ...readings(wanted).map(({ name }) => name)]
    .map((name) => didYouMean(name, shown))
    .find((text) => text !== '');
  return fail('not_found', `No run has recorded a dataset called "${wanted}".${meant ?? ''}`, {
    next: 'Write schema.table or schema.table.column; what was made before this version, or undone, is not there.',
  });
}
