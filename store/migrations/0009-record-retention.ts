/**
 * Columns of a dataset as a step has made it, so that a misspelt one is told from one that nothing is made of; and what
 * finds events and notices that are past their retention.
 */
export const RECORD_RETENTION = `
-- Null: not known, or written by a worker of the version before.
alter table lineage_output add column columns text[];
create index lineage_event_sent on lineage_event (at) where file_state = 'delivered' and http_state in ('delivered', 'off');
create index notification_settled on notification (coalesce(sent_at, given_up_at))
  where sent_at is not null or given_up_at is not null;`;
