import { sql } from 'kysely';
import type { StoreDb } from '../database';

/** By what costs can be told apart. */
export const COST_GROUPS = ['day', 'model', 'role', 'purpose', 'ask', 'by'] as const;
export type CostGroup = (typeof COST_GROUPS)[number];

export interface CostFilter {
  by?: readonly CostGroup[];
  askId?: string;
  since?: Date;
  until?: Date;
}

/** Calls of models and what they cost; the groups asked for are set. Days are UTC. */
export interface Costs {
  day?: string;
  model?: string;
  role?: string;
  purpose?: string;
  ask?: string;
  by?: string;
  /** Answered by a model. */
  calls: number;
  cached: number;
  failed: number;
  /** Sent, and never heard of again: they may have been paid. Their tokens and money are estimates. */
  unknown: number;
  inputTokens: number;
  cacheWriteTokens: number;
  cacheReadTokens: number;
  outputTokens: number;
  money: number;
  seconds: number;
}

const COLUMNS: Record<CostGroup, string> = {
  day: `to_char(c.sent_at at time zone 'UTC', 'YYYY-MM-DD')`,
  model: 'c.model',
  role: 'c.role',
  purpose: 'c.purpose',
  ask: 'c.ask_id',
  by: `coalesce(ask.asked_by, '')`,
};

export async function costs(db: StoreDb, { by = [], askId, since, until }: CostFilter): Promise<Costs[]> {
  const groups = by.map((group) => sql`${sql.raw(COLUMNS[group])} as ${sql.ref(group)}, `);
  const { rows } = await sql<Costs>`
    select ${sql.join([...groups, sql``], sql``)}
           count(*) filter (where state = 'answered')::int as calls,
           count(*) filter (where state = 'cached')::int as cached,
           count(*) filter (where state = 'failed')::int as failed,
           count(*) filter (where state = 'unknown')::int as unknown,
           coalesce(sum(input_tokens), 0)::float8 as "inputTokens",
           coalesce(sum(cache_write_tokens), 0)::float8 as "cacheWriteTokens",
           coalesce(sum(cache_read_tokens), 0)::float8 as "cacheReadTokens",
           coalesce(sum(output_tokens), 0)::float8 as "outputTokens",
           coalesce(sum(money), 0)::float8 as money,
           (coalesce(sum(ms), 0) / 1000.0)::float8 as seconds
      from llm_call c left join ask using (ask_id)
     where ${askId === undefined ? sql`true` : sql`c.ask_id = ${askId}`}
       and ${since === undefined ? sql`true` : sql`c.sent_at >= ${since}`}
       and ${until === undefined ? sql`true` : sql`c.sent_at < ${until}`}
     ${by.length === 0 ? sql`` : sql`group by ${sql.join(by.map((group) => sql.raw(COLUMNS[group])))} order by ${sql.join(by.map((group) => sql.ref(group)))}`}`.execute(
    db,
  );
  return rows;
}
