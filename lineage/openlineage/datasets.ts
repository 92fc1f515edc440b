import type { ChangeLineage, Dataset, InputField, LineageInput, LineageOutput } from '../../schemas/lineage';
import { facets, type Facets } from './facets';

/** https://openlineage.io/docs/spec/naming */
export interface DatasetName {
  namespace: string;
  name: string;
}

export interface OlDataset extends DatasetName {
  facets: Facets;
}
export interface OlInput extends OlDataset {
  inputFacets: Facets;
}
export interface OlOutput extends OlDataset {
  outputFacets: Facets;
}

/** Where the datasets of a run are. */
export interface Where {
  warehouse: { host: string; port: string | number; database: string };
  /** Other PostgreSQL connections. */
  connections: Record<string, { host: string; port: string | number; database: string } | undefined>;
  /** Absolute root of the files of a connection; `''`: of the goal. */
  root(connection: string): string;
}

export function nameOf(dataset: Dataset, where: Where): DatasetName {
  if (dataset.kind === 'file') {
    const root = where.root(dataset.connection ?? '').replace(/\/+$/, '');
    return { namespace: 'file', name: dataset.path === '' ? root : `${root}/${dataset.path}` };
  }
  const at = dataset.kind === 'relation' ? where.warehouse : where.connections[dataset.connection];
  if (!at)
    return {
      namespace: `postgres://${dataset.kind === 'postgres' ? dataset.connection : ''}`,
      name: dataset.name,
    };
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return { namespace: `postgres://${host}:${at.port}`, name: `${at.database}.${dataset.name}` };
}

export function olInput(input: LineageInput, where: Where, producer: string): OlInput {
  const { files, bytes } = input;
  const counted =
    files === undefined ? undefined : { fileCount: files, ...(bytes === undefined ? {} : { size: bytes }) };
  return {
    ...nameOf(input.dataset, where),
    facets: facets(producer, { schema: schemaOf(input.columns) }),
    inputFacets: facets(producer, { inputStatistics: counted }),
  };
}

/** `rows`: written, where that is known. */
export function olOutput(output: LineageOutput, where: Where, producer: string, rows?: number): OlOutput {
  const previous = output.previous;
  return {
    ...nameOf(output.dataset, where),
    facets: facets(producer, {
      schema: schemaOf(output.columns),
      columnLineage: columnLineage(output, where),
      lifecycleStateChange: output.lifecycle && {
        lifecycleStateChange: output.lifecycle,
        ...(previous === undefined
          ? {}
          : { previousIdentifier: nameOf({ kind: 'relation', name: previous }, where) }),
      },
    }),
    outputFacets: facets(producer, { outputStatistics: rows === undefined ? undefined : { rowCount: rows } }),
  };
}

function schemaOf(columns: LineageInput['columns']): Record<string, unknown> | undefined {
  if (!columns) return undefined;
  return { fields: columns.map((column, at) => ({ ...column, ordinal_position: at + 1 })) };
}

function columnLineage(
  { fields, rows, partial }: LineageOutput,
  where: Where,
): Record<string, unknown> | undefined {
  if (!fields) return undefined;
  const one = ({ dataset, field, transformations }: InputField): Record<string, unknown> => ({
    ...nameOf(dataset, where),
    field,
    transformations: transformations.map((each) => ({ ...each, description: '', masking: false })),
  });
  const all = Object.entries(fields).map(([name, list]): [string, unknown] => [
    name,
    { inputFields: list.map(one) },
  ]);
  return {
    fields: Object.fromEntries(all),
    ...(rows && rows.length > 0 ? { dataset: rows.map(one) } : {}),
    ...(partial === undefined ? {} : { sluice_partial: partial }),
  };
}

/** One edge of the graph that `sluice lineage` walks. */
export interface Edge {
  from_namespace: string;
  from_name: string;
  from_field: string | null;
  to_field: string | null;
  type: string | null;
  subtype: string | null;
}

/** An output's edges: from each input as a whole, and from each column that is known to matter. */
export function edgesOf(lineage: ChangeLineage, output: LineageOutput, where: Where): Edge[] {
  const edge = (from: DatasetName, more: Partial<Edge>): Edge => ({
    from_namespace: from.namespace,
    from_name: from.name,
    ...{ from_field: null, to_field: null, type: null, subtype: null },
    ...more,
  });
  const of = (list: readonly InputField[], to: string | null): Edge[] =>
    list.flatMap(({ dataset, field, transformations }) =>
      transformations.map(({ type, subtype }) =>
        edge(nameOf(dataset, where), { from_field: field, to_field: to, type, subtype }),
      ),
    );
  const whole = lineage.inputs.map(({ dataset }) => edge(nameOf(dataset, where), {}));
  const renamed =
    output.previous === undefined
      ? []
      : [edge(nameOf({ kind: 'relation', name: output.previous }, where), {})];
  const columns = Object.entries(output.fields ?? {}).flatMap(([name, list]) => of(list, name));
  return [...whole, ...renamed, ...columns, ...of(output.rows ?? [], null)];
}
