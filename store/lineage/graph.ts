import { sql } from 'kysely';
import type { DatasetName } from '../../lineage/openlineage/datasets';
import type { StoreDb } from '../database';

export interface LineageNode extends DatasetName {
  /** Absent: the dataset as a whole. */
  field?: string;
}

/** One step of the way, with the newest run in which it was so. */
export interface LineageHop {
  from: LineageNode;
  to: LineageNode;
  /** `IDENTITY`, `FILTER`, …; empty between whole datasets. */
  how: string[];
  goal: string;
  step: string;
  runId: string;
  at: Date;
  /** Why more is not known about its columns. */
  partial?: string;
}

export type Direction = 'up' | 'down';

interface Row {
  from_namespace: string;
  from_name: string;
  from_field: string | null;
  to_namespace: string;
  to_name: string;
  to_field: string | null;
  subtype: string | null;
  goal: string;
  step: string;
  run_id: string;
  at: Date;
  partial: string | null;
}

/** What each step made the last time it did, what was undone aside. */
const CURRENT = sql`current as (
  select distinct on (goal, step, namespace, name) goal, step, run_id, namespace, name, edges, partial, columns, at
    from lineage_output where not undone order by goal, step, namespace, name, id desc
)`;

/** More than anybody reads; a graph that is larger is looked at with a tool that OpenLineage events are sent to. */
const MAX_HOPS = 2_000;

/** Among so many a misspelt name is looked for. */
const MAX_NAMES = 10_000;

/** The graph that recorded events make. */
export class LineageGraph {
  constructor(private readonly db: StoreDb) {}

  /** Datasets that bear this name, in whichever database: as a whole, or without the database. Newest first. */
  async named(name: string): Promise<DatasetName[]> {
    const { rows } = await sql<DatasetName>`with ${CURRENT}, known as (
        select namespace, name, at from current
        union all select e.from_namespace, e.from_name, c.at from lineage_edge e join current c on c.edges = e.edges
      )
      select namespace, name from known
       where name = ${name} or right(name, length(${name}) + 1) = '.' || ${name}
          or right(name, length(${name}) + 1) = '/' || ${name}
       group by namespace, name order by max(at) desc`.execute(this.db);
    return rows;
  }

  /** Columns of a dataset that runs have recorded; `all`: it was made, each time with columns that were known. */
  async columns({ namespace, name }: DatasetName): Promise<{ names: string[]; all: boolean }> {
    const { rows } = await sql<{ names: string[]; all: boolean }>`with ${CURRENT}, known (field) as (
        select unnest(columns) from current where namespace = ${namespace} and name = ${name}
        union select e.to_field from current c join lineage_edge e on e.edges = c.edges
               where c.namespace = ${namespace} and c.name = ${name}
        union select e.from_field from current c join lineage_edge e on e.edges = c.edges
               where e.from_namespace = ${namespace} and e.from_name = ${name}
      )
      select coalesce(array_agg(field order by field) filter (where field is not null), '{}') as names,
             coalesce((select bool_and(columns is not null) from current
                        where namespace = ${namespace} and name = ${name}), false) as "all"
        from known`.execute(this.db);
    return rows[0]!;
  }

  /** Every dataset that is recorded, by its whole name. */
  async names(): Promise<string[]> {
    const { rows } = await sql<{ name: string }>`with ${CURRENT}
      select name from current union select e.from_name from lineage_edge e join current c on c.edges = e.edges
      limit ${MAX_NAMES}`.execute(this.db);
    return rows.map(({ name }) => name);
  }

  /** Every hop that leads to a node (`up`) or away from it (`down`), nearest first. */
  async walk(start: LineageNode, direction: Direction): Promise<LineageHop[]> {
    const hops: LineageHop[] = [];
    const seen = new Set([keyOf(start)]);
    for (let level = [start]; level.length > 0 && hops.length < MAX_HOPS;) {
      const next: LineageNode[] = [];
      for (const node of level) {
        for (const hop of grouped(await this.edgesAt(node, direction))) {
          hops.push(hop);
          const other = direction === 'up' ? hop.from : hop.to;
          if (seen.has(keyOf(other))) continue;
          seen.add(keyOf(other));
          next.push(other);
        }
      }
      level = next;
    }
    return hops;
  }

  private async edgesAt(node: LineageNode, direction: Direction): Promise<Row[]> {
    const { namespace, name, field } = node;
    const here =
      direction === 'up'
        ? sql`c.namespace = ${namespace} and c.name = ${name}`
        : sql`e.from_namespace = ${namespace} and e.from_name = ${name}`;
    const which =
      field === undefined
        ? sql`e.from_field is null`
        : direction === 'down'
          ? sql`(e.from_field = ${field} or (e.from_field is null and c.partial is not null))`
          : sql`(e.to_field = ${field} or (e.to_field is null and e.from_field is not null)
                 or (e.from_field is null and c.partial is not null))`;
    const { rows } = await sql<Row>`with ${CURRENT}
      select e.from_namespace, e.from_name, e.from_field, c.namespace as to_namespace, c.name as to_name, e.to_field,
             e.subtype, c.goal, c.step, c.run_id, c.at, c.partial
        from current c join lineage_edge e on e.edges = c.edges
       where ${here} and ${which} order by c.goal, c.step, e.position`.execute(this.db);
    return rows;
  }
}

const keyOf = ({ namespace, name, field }: LineageNode): string => JSON.stringify([namespace, name, field]);

/** One hop for each pair of columns, with all the ways in which one makes the other. */
function grouped(rows: readonly Row[]): LineageHop[] {
  const hops = new Map<string, LineageHop>();
  for (const row of rows) {
    const from = node(row.from_namespace, row.from_name, row.from_field);
    const to = node(row.to_namespace, row.to_name, row.to_field);
    const key = JSON.stringify([from, to, row.goal, row.step]);
    const hop = hops.get(key) ?? {
      ...{ from, to, how: [], goal: row.goal, step: row.step, runId: row.run_id, at: row.at },
      ...(row.partial === null ? {} : { partial: row.partial }),
    };
    if (row.subtype !== null && !hop.how.includes(row.subtype)) hop.how.push(row.subtype);
    hops.set(key, hop);
  }
  return [...hops.values()];
}

const node = (namespace: string, name: string, field: string | null): LineageNode => ({
  namespace,
  name,
  ...(field === null ? {} : { field }),
});
