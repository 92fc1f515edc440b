import { inputFields } from '../../lineage/columns/fields';
import { queryLineage } from '../../lineage/columns/query';
import type { Proposed } from '../../schemas/change';
import type { ChangeLineage, Dataset, InputField, LineageInput } from '../../schemas/lineage';
import { parseSingleSelect, relationsIn } from '../../sql/parse';
import { children, names, walk } from '../../sql/walk';
import type { FilesPart, IngestBody, PostgresPart } from './body';
import type { FromFiles, IngestInput } from './input';

/** From the fields of the files, or the columns of the source, to the columns of the table. */
export async function ingestLineage(
  input: IngestInput,
  { body }: Proposed<IngestBody>,
): Promise<ChangeLineage> {
  const { from } = body;
  const source =
    from.kind === 'files' ? fromFiles(input.from as FromFiles, from, body) : await fromPostgres(from, body);
  const lifecycle = body.create ? 'CREATE' : body.mode === 'replace' ? 'OVERWRITE' : undefined;
  return {
    inputs: source.inputs,
    outputs: [
      {
        dataset: { kind: 'relation', name: body.relation },
        columns: body.columns.map(({ name, type }) => ({ name, type })),
        ...(lifecycle ? { lifecycle } : {}),
        ...(source.fields ? { fields: source.fields, rows: [] } : {}),
        ...(source.partial === undefined ? {} : { partial: source.partial }),
      },
    ],
    ...(from.kind === 'postgres' ? { sql: from.select } : {}),
  };
}

interface Source {
  inputs: LineageInput[];
  fields?: Record<string, InputField[]>;
  partial?: string;
}

function fromFiles(input: FromFiles, from: FilesPart, body: IngestBody): Source {
  const inputs = [...new Set(input.files.map(placeOf))].map((path): LineageInput => {
    const below = from.files.filter(
      (file) => path === '' || file.path === path || file.path.startsWith(`${path}/`),
    );
    const fields = [...new Set(from.layouts.flatMap((layout) => layout.fields))];
    return {
      dataset: {
        kind: 'file',
        path,
        ...(input.connection === undefined ? {} : { connection: input.connection }),
      },
      columns: fields.map((name) => ({ name })),
      files: below.length,
      bytes: below.reduce((sum, file) => sum + file.size, 0),
    };
  });
  const fields = body.columns.map(({ name }, at): [string, InputField[]] => {
    const sources = new Set(from.layouts.map((layout) => layout.fields[layout.pick[at] ?? -1] ?? name));
    return [name, inputs.flatMap(({ dataset }) => [...sources].map((field) => identity(dataset, field)))];
  });
  return { inputs, fields: Object.fromEntries(fields) };
}

/** A file that is named, or the folder above the first part of a pattern: it stays the same when files come and go. */
function placeOf(glob: string): string {
  const parts = glob.replace(/^\.\//, '').split('/');
  const at = parts.findIndex((part) => /[*?[\]{}!()]/.test(part));
  return (at < 0 ? parts : parts.slice(0, at)).join('/');
}

const identity = (dataset: Dataset, field: string): InputField => ({
  dataset,
  field,
  transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }],
});

async function fromPostgres(from: PostgresPart, body: IngestBody): Promise<Source> {
  const datasetOf = (name: string): Dataset => ({ kind: 'postgres', connection: from.connection, name });
  const statement = await parseSingleSelect(from.select);
  const reads = relationsIn(statement).reads;
  const { table } = from.describe;
  if (table === undefined || reads.length !== 1 || reads[0] !== table) {
    const partial = 'the columns of the relations that the query reads are known to their own database only';
    return { inputs: reads.map((name) => ({ dataset: datasetOf(name) })), partial };
  }
  // It selects from one table, so every column that it names is that table's.
  const columns = new Set<string>();
  walk(statement.node, (tag, node) => {
    if (tag === 'ColumnRef') columns.add(names(children(node, 'fields')).at(-1)!);
  });
  const known = {
    relations: new Map([[table, [...columns]]]),
    aggregates: new Set<string>(),
    setReturning: new Set<string>(),
  };
  const found = queryLineage(statement.node, known);
  const fields = body.columns.map(({ name }, at): [string, InputField[]] => [
    name,
    inputFields(found.columns[at]!.flow, datasetOf).map((field) => ({
      ...field,
      // The cast only says how it travels.
      transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }],
    })),
  ]);
  const inputs = [{ dataset: datasetOf(table), columns: [...columns].map((name) => ({ name })) }];
  return { inputs, fields: Object.fromEntries(fields) };
}
