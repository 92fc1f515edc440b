import type { Estimate, Proposed, RelationName } from '../../schemas/change';
import { fail } from '../../schemas/errors';
import type { ParsedStatement } from '../../sql/parse';
import { readRelation, splitRelation } from '../../sql/quote';
import { invalidSql } from '../../sql/text';
import { digestOf } from '../../store/digest';
import type { ProposeContext } from '../capability';
import { reach } from '../query/reach';
import { readQuery } from '../query/read-query';
import { assertColumns, explain, shapeOf, type Shape } from '../query/shape';
import { isSteady } from '../query/steady';
import { vetCalls } from '../query/vet-calls';
import type { ModelBody } from './body';
import { lastBuild, type LastBuild } from './history';
import { listOf, type ModelInput } from './input';
import { chooseMode, SWAP_ABOVE_BYTES, type Choice } from './mode';
import { isUnchanged } from './noop';
import { resolveTests } from './resolve-tests';
import { schemaExists, targetOf, type Target } from './target';
import { type ModelTest, testsOf } from './tests';
import { applyText, locksText, undoText } from './text';

/** What a model's step would do; see `Mode` for how. */
export async function proposeModel(
  input: ModelInput,
  ctx: ProposeContext,
  swapAbove = SWAP_ABOVE_BYTES,
): Promise<Proposed<ModelBody>> {
  const relation = readRelation(input.name);
  refuseTwice(relation, ctx);
  const statement = await readQuery(input, ctx, ctx.params);
  const notes = await vetCalls(ctx.session, statement);
  const shape = await shapeOf(ctx.session, statement);
  assertColumns(statement, shape.columns);
  refuseCycle(statement, shape, relation);

  const target = await targetOf(ctx.session, relation);
  const live = await targetOf(ctx.live, relation);
  const last = await lastBuild(ctx.live, relation);
  assertOurs(relation, target, live, last);
  const wanted = { materialized: input.materialized, columns: shape.columns };
  const sizes = { liveBytes: live?.bytes ?? 0, swapAbove };
  const choice = await chooseMode(ctx.session, relation, target, wanted, sizes);
  const draft = await bodyOf(input, ctx, statement, shape, choice);
  // What a test looks at counts as an input: the test has to be made again when it changes.
  const reads = [...new Set([...shape.reads, ...(await resolveTests(ctx.session, draft))])].sort();
  const body: ModelBody = { ...draft, inputs: reads };
  const noop = await isUnchanged(ctx, body, live, last);
  const estimate = noop ? {} : await estimateOf(ctx, statement, shape, body, live);
  return {
    title: titleOf(body, noop),
    risk: noop ? 'read' : choice.mode === 'create' ? 'additive' : 'rewriting',
    noop,
    routine: choice.refresh,
    lossy: [],
    reads,
    writes: body.makesSchema ? [relation, `${splitRelation(relation).schema}.*`] : [relation],
    sources: {},
    body,
    apply: noop ? '-- nothing to do' : applyText(body),
    undo: noop ? '-- nothing to undo' : undoText(body),
    findings: noop ? [] : [...notes, ...choice.findings],
    estimate,
  };
}

async function bodyOf(
  input: ModelInput,
  ctx: ProposeContext,
  statement: ParsedStatement,
  shape: Shape,
  { mode }: Choice,
): Promise<ModelBody> {
  const relation = readRelation(input.name);
  const { materialized, description } = input;
  const defined = {
    relation,
    materialized,
    sql: statement.text,
    tests: await boundTests(input, ctx),
    ...(description === undefined ? {} : { description }),
    indexes: input.indexes.map(listOf),
  };
  return {
    ...defined,
    mode,
    makesSchema: !(await schemaExists(ctx.session, splitRelation(relation).schema)),
    columns: shape.columns,
    inputs: shape.reads,
    steady: await isSteady(ctx.session, statement, shape.inputs),
    artifact: digestOf(defined),
  };
}

/** The model's tests; the queries of checks with their parameters bound. Throws `invalid_sql`, `statement_refused`. */
async function boundTests(input: ModelInput, ctx: ProposeContext): Promise<ModelTest[]> {
  return Promise.all(
    testsOf(input.tests).map(async (test) =>
      test.kind === 'check'
        ? { ...test, sql: (await readQuery({ sql: test.sql }, ctx, ctx.params)).text }
        : test,
    ),
  );
}

/** Sizes as they are live; where inputs are not there yet, as the shadow's planner guesses from its sample. */
async function estimateOf(
  ctx: ProposeContext,
  statement: ParsedStatement,
  shape: Shape,
  body: ModelBody,
  live: Target | undefined,
): Promise<Estimate> {
  const known = await reach(ctx.live, shape.reads);
  const asNow = known.length === shape.inputs.length && !shape.reads.some((name) => ctx.pending.has(name));
  const { rows, width } = asNow ? await explain(ctx.live, statement.text) : shape;
  const stored = body.materialized === 'table';
  return {
    ...(stored ? { rows, bytes: rows * width } : {}),
    locks: locksText(body.mode),
    undoBytes: stored && live && body.mode !== 'create' ? live.bytes : 0,
  };
}

function titleOf({ relation, materialized, mode, tests }: ModelBody, noop: boolean): string {
  if (noop) return `${relation} is unchanged: its inputs are as they were when it was built`;
  const tested = tests.length === 0 ? '' : `, ${tests.length} ${tests.length === 1 ? 'test' : 'tests'}`;
  switch (mode) {
    case 'create':
      return `build the ${materialized} ${relation}${tested}`;
    case 'rows':
    case 'replace':
      return `refresh the ${materialized} ${relation}${tested}`;
    case 'swap':
      return `replace ${relation} by a new ${materialized}${tested}`;
  }
}

function refuseTwice(relation: RelationName, ctx: ProposeContext): void {
  const other = ctx.document.steps.find(
    (step) =>
      step.kind === 'model' &&
      step.id !== ctx.step &&
      readRelation((step.input as ModelInput).name) === relation,
  );
  if (!other) return;
  throw fail('invalid_goal', `The steps "${ctx.step}" and "${other.id}" both build ${relation}.`, {
    next: 'Give one of the two another name.',
    place: relation,
  });
}

function refuseCycle(statement: ParsedStatement, shape: Shape, relation: RelationName): void {
  if (!shape.reads.includes(relation)) return;
  throw invalidSql(
    statement.source,
    statement.start,
    `The model ${relation} reads itself, directly or through a view.`,
    'Read what it is made from; to add rows to a table use an `sql` step.',
  );
}

/** Throws `target_mismatch` unless what bears the name was made by a model: nothing else is ever overwritten. */
function assertOurs(
  relation: RelationName,
  target: Target | undefined,
  live: Target | undefined,
  last: LastBuild | undefined,
): void {
  if (!target || (live && last && live.oid === last.memory.oid && /^[rv]$/.test(target.relkind))) return;
  const how = live ? 'exists, and no model made it' : 'is made by an earlier step of this goal';
  throw fail('target_mismatch', `${relation} ${how}: it is not overwritten.`, {
    next: 'Give the model another name, or drop or rename what is there (an `sql` step can).',
    place: relation,
  });
}
