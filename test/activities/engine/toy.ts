import { z } from 'zod';
import type { Capability, StepContext } from '../../../capabilities/capability';
import { NO_ROWS, type Change, type Proposed } from '../../../schemas/change';
import { fail } from '../../../schemas/errors';
import { quoteRelation } from '../../../sql/quote';
import type { FingerprintRelations, WriteSession } from '../../../warehouses/warehouse';

export interface ToyBody {
  table: string;
  values: number[];
  /** The check that decides about publishing. */
  passes: boolean;
}

/** The smallest kind of step with data, a check and an undo: what is tested is the engine around it. */
export const toy: Capability<ToyBody, ToyBody> & {
  hooks: {
    duringApply?: (session: WriteSession) => Promise<void>;
    duringUndo?: (session: WriteSession) => Promise<void>;
    failUndo?: boolean;
  };
} = {
  kind: 'toy',
  summary: 'inserts numbers',
  input: z.any(),
  hooks: {},
  propose: (input) => Promise.resolve(proposed(input)),
  async apply(change, { session }) {
    const { table, values } = change.body;
    await session.execute(`create table if not exists ${quoteRelation(table)} (value int)`);
    await session.execute(`insert into ${quoteRelation(table)} select unnest($1::int[])`, [values]);
    await toy.hooks.duringApply?.(session);
    return { rows: { ...NO_ROWS, read: values.length, inserted: values.length }, detail: { values } };
  },
  verify: (change) =>
    Promise.resolve([
      {
        name: 'passes',
        ok: change.body.passes,
        severity: 'error' as const,
        message: change.body.passes ? 'yes' : 'no',
      },
    ]),
  async undo(change, applied, { session }) {
    if (toy.hooks.failUndo === true)
      throw fail('undo_refused', 'The toy does not want to.', { next: 'Ask nicely.' });
    const deleted = await session.execute(
      `delete from ${quoteRelation(change.body.table)} where value = any($1::int[])`,
      [change.body.values],
    );
    await toy.hooks.duringUndo?.(session);
    return { rows: { ...applied.rows, deleted } };
  },
};

function proposed(body: ToyBody): Proposed<ToyBody> {
  return {
    title: `insert ${body.values.length} numbers`,
    risk: 'additive',
    noop: false,
    routine: true,
    lossy: [],
    reads: [],
    writes: [body.table],
    sources: {},
    body,
    apply: 'insert …',
    undo: 'delete …',
    findings: [],
    estimate: {},
  };
}

let made = 0;

/** A change as the engine would propose it now. */
export async function toyChange(
  fingerprint: FingerprintRelations,
  session: Parameters<FingerprintRelations>[0],
  body: Partial<ToyBody> = {},
): Promise<Change<ToyBody>> {
  const whole = { table: 'public.numbers', values: [1, 2, 3], passes: true, ...body };
  const change = proposed(whole);
  return {
    ...change,
    id: `run.toy.${++made}`,
    step: 'toy',
    kind: 'toy',
    fingerprints: await fingerprint(session, change.writes),
  };
}

export function toyContext(signal: AbortSignal = new AbortController().signal): StepContext {
  return {
    goal: 'g',
    runId: 'run',
    step: 'toy',
    params: {},
    sources: undefined as never,
    signal,
    heartbeat: () => undefined,
  };
}
