import { NO_ROWS, type Check, type Proposed } from '../../schemas/change';
import type { Capability, ProposeContext } from '../capability';
import { bundledQuery, lintQuery, readQuery } from '../query/read-query';
import { shapeOf } from '../query/shape';
import { vetCalls } from '../query/vet-calls';
import { checkInputSchema, type CheckInput } from './input';

export interface CheckBody {
  /** The SELECT, its parameters bound, that must give no rows. */
  sql: string;
  description?: string;
  severity: 'error' | 'warning';
}

/** Offending rows are counted up to here: more would only be slower. */
const COUNT_UP_TO = 10_000;

async function propose(input: CheckInput, ctx: ProposeContext): Promise<Proposed<CheckBody>> {
  const statement = await readQuery(input, ctx, { ...ctx.params, ...input.params });
  const findings = await vetCalls(ctx.session, statement);
  const { reads } = await shapeOf(ctx.session, statement);
  const { description, severity } = input;
  return {
    title: `check ${severity === 'warning' ? '(warning) ' : ''}${description ?? `that "${ctx.step}" gives no rows`}`,
    risk: 'read',
    // A check that is not made says nothing.
    noop: false,
    routine: true,
    lossy: [],
    reads,
    writes: [],
    sources: {},
    body: { sql: statement.text, severity, ...(description === undefined ? {} : { description }) },
    apply: `-- must give no rows:\n${statement.text};`,
    undo: '-- nothing to undo',
    findings,
    estimate: { locks: 'none that others notice' },
  };
}

/** A query that must return no rows, about what earlier steps made or about anything else. */
export const check: Capability<CheckInput, CheckBody> = {
  kind: 'check',
  summary: 'A query that must return no rows.',
  input: checkInputSchema,
  bundle: bundledQuery,
  lint: lintQuery,
  propose,
  // The query is run once, by verify.
  apply: () => Promise.resolve({ rows: NO_ROWS }),
  async verify({ body, step }, _applied, { session }): Promise<Check[]> {
    const [row] = await session.query<{ offending: string }>(
      `select count(*) as offending from (select from (\n${body.sql}\n) as query limit ${COUNT_UP_TO}) as counted`,
    );
    const offending = Number(row!.offending);
    const count = `${offending === COUNT_UP_TO ? `at least ${offending}` : offending} ${offending === 1 ? 'row' : 'rows'}`;
    const found = `expected no rows, found ${count}; to see them: ${body.sql}`;
    return [
      {
        name: body.description ?? step,
        ok: offending === 0,
        severity: body.severity,
        message: offending === 0 ? 'no rows, as expected' : found,
      },
    ];
  },
  undo: () => Promise.resolve({ rows: NO_ROWS }),
};
