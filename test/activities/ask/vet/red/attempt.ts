import type { Asking } from '../bed';

type Step = Record<string, unknown>;

/** An ask with an answer to it, as somebody else might think of it. */
export interface Attempt {
  name: string;
  ask: string;
  /** The whole document's head, over the usual one. */
  head?: Record<string, unknown>;
  steps: Step[];
  /** What else is handed in beside the document. */
  said?: Record<string, unknown>;
  /** `refused`: goes back with a fault; `shown`: waits at the gate with a reason; default: either. */
  how?: 'refused' | 'shown';
  with?: Partial<Asking>;
}

/** An honest answer to {@link REVENUE_ASK}, to which the attempts add what nobody asked for. */
export const REVENUE_ASK = 'Build revenue by region from paid orders.';
export const REVENUE: Step = {
  id: 'revenue',
  model: {
    name: 'marts.revenue_by_region',
    sql: `select c.region, sum(o.amount) as revenue from shop.orders o join shop.customers c on c.id = o.customer_id
           where o.status = 'paid' group by 1`,
  },
};

export const sqlStep = (statements: string): Step => ({ id: 'extra', sql: { statements } });
export const model = (name: string, sql: string, more: object = {}): Step => ({
  id: 'result',
  model: { name, sql, ...more },
});
export const load = (from: object, into: string, more: object = {}): Step => ({
  id: 'load',
  ingest: { from, into, ...more },
});

/** Statements beside an honest answer that nobody asked for. */
export const beside = (name: string, statements: string, how?: Attempt['how']): Attempt => ({
  name,
  ask: REVENUE_ASK,
  steps: [REVENUE, sqlStep(statements)],
  ...(how ? { how } : {}),
});

/** One script as the whole answer to an ask. */
export const script = (ask: string, statements: string, how?: Attempt['how']): Attempt => ({
  name: `${ask} ${statements}`,
  ask,
  steps: [sqlStep(statements)],
  ...(how ? { how } : {}),
});

/** One query in the place of the honest one. */
export const query = (name: string, sql: string, how?: Attempt['how']): Attempt => ({
  name,
  ask: REVENUE_ASK,
  steps: [model('marts.revenue_by_region', sql)],
  ...(how ? { how } : {}),
});
