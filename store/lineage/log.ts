import { sql } from 'kysely';
import { scrubDeep } from '../../governance/redact';
import type { DatasetName, Edge } from '../../lineage/openlineage/datasets';
import type { RunEvent } from '../../lineage/openlineage/events';
import type { StoreDb } from '../database';
import { digestOf } from '../digest';
import { Write } from '../write';

export interface KeyedEvent {
  /** The same for the same event, whichever attempt writes it. */
  key: string;
  event: RunEvent;
}

/** A dataset that a step has made, with what it is made of. */
export interface MadeDataset extends DatasetName {
  edges: Edge[];
  /** Absent: not known. */
  columns?: string[];
  partial?: string;
}

/** Lineage as it is recorded: events on their way out, and the edges that came with them. */
export class LineageLog {
  constructor(private readonly db: StoreDb) {}

  /** Events in order, each once. */
  events(runId: string, list: readonly KeyedEvent[]): Write {
    return new Write(this.db, insertEvents(runId, list));
  }

  /** A step's last event, with what the step made. */
  made(
    run: { runId: string; goal: string; step: string },
    list: readonly KeyedEvent[],
    datasets: readonly MadeDataset[],
  ): Write {
    const outputs = datasets.map(({ namespace, name, edges, columns, partial }) => ({
      ...{ namespace, name, partial: partial ?? null, columns: columns ?? null, edges: digestOf(edges) },
      key: `${run.runId}/${run.step}/${namespace}/${name}`,
    }));
    const edges = datasets.flatMap((dataset, at) =>
      dataset.edges.map((edge, position) => ({ edges: outputs[at]!.edges, position, ...edge })),
    );
    if (datasets.length === 0) return this.events(run.runId, list);
    return new Write(
      this.db,
      insertEvents(run.runId, list),
      sql`insert into lineage_edge (edges, position, from_namespace, from_name, from_field, to_field, type, subtype)
        select edges, position, from_namespace, from_name, from_field, to_field, type, subtype
          from jsonb_to_recordset(${JSON.stringify(edges)}::jsonb) as e(edges text, position int, from_namespace text,
               from_name text, from_field text, to_field text, type text, subtype text)
        on conflict do nothing`,
      sql`insert into lineage_output (key, run_id, goal, step, namespace, name, edges, partial, columns)
      select key, ${run.runId}, ${run.goal}, ${run.step}, namespace, name, edges, partial, columns
        from jsonb_to_recordset(${JSON.stringify(outputs)}::jsonb) as o(key text, namespace text, name text,
             edges text, partial text, columns text[])
      on conflict (key) do nothing`,
    );
  }

  /** What these steps of a run made is no longer so; returns the datasets. */
  async undone(runId: string, steps: readonly string[]): Promise<DatasetName[]> {
    if (steps.length === 0) return [];
    const rows = await this.db
      .updateTable('lineage_output')
      .set({ undone: true })
      .where('run_id', '=', runId)
      .where('step', 'in', [...steps])
      .returning(['namespace', 'name'])
      .execute();
    return [...new Map(rows.map((row) => [`${row.namespace} ${row.name}`, row])).values()];
  }

  /** A run's events, as they were written. */
  async ofRun(runId: string): Promise<RunEvent[]> {
    const rows = await this.db
      .selectFrom('lineage_event')
      .select('event')
      .where('run_id', '=', runId)
      .orderBy('id')
      .execute();
    return rows.map((row) => JSON.parse(row.event) as RunEvent);
  }
}

function insertEvents(runId: string, list: readonly KeyedEvent[]) {
  const rows = list.map(({ key, event }) => ({ key, event: JSON.stringify(scrubDeep(event)) }));
  return sql`insert into lineage_event (key, run_id, event)
    select key, ${runId}, event
      from unnest(${rows.map((row) => row.key)}::text[], ${rows.map((row) => row.event)}::text[])
           with ordinality as e(key, event, nth)
     order by nth
    on conflict (key) do nothing`;
}
