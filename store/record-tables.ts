import type { ColumnType, Generated } from 'kysely';

type Later<T> = ColumnType<T, T | undefined, T>;

/** Tables of the record (migration 5): the audit log, and lineage with its way out. `bigint` comes as text. */
export interface RecordTables {
  audit: {
    seq: string;
    prev: string;
    hash: string;
    at: string;
    actor: string;
    action: string;
    subject: string;
    data: string;
    key: string;
  };
  audit_chain: { one: boolean; seq: string; hash: string };
  audit_key: { key_id: string; public_key: string; at: Generated<Date> };
  audit_head: { seq: string; hash: string; at: string; key_id: string; signature: string };
  lineage_event: {
    id: Generated<string>;
    key: string;
    run_id: string;
    event: string;
    at: Generated<Date>;
    file_state: Later<'pending' | 'delivered'>;
    http_state: Later<'pending' | 'delivered' | 'parked' | 'off'>;
    http_error: Later<string | null>;
  };
  lineage_sink: {
    sink: 'file' | 'http';
    delivered_at: Date | null;
    failing_since: Date | null;
    attempts: number;
    error: string | null;
    retry_at: Date | null;
  };
  lineage_output: {
    id: Generated<string>;
    key: string;
    run_id: string;
    goal: string;
    step: string;
    namespace: string;
    name: string;
    edges: string;
    partial: string | null;
    columns: Later<string[] | null>;
    at: Generated<Date>;
    undone: Generated<boolean>;
  };
  lineage_edge: {
    edges: string;
    position: number;
    from_namespace: string;
    from_name: string;
    from_field: string | null;
    to_field: string | null;
    type: string | null;
    subtype: string | null;
  };
}
