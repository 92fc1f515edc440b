import { RISKS, type Estimate, type Proposed, type Risk } from '../../schemas/change';
import { Faults } from '../../sql/faults';
import { bindParams, relationsIn, sqlText, type ParsedStatement } from '../../sql/parse';
import { parseScript } from '../../sql/script';
import { invalidSql } from '../../sql/text';
import type { ProposeContext } from '../capability';
import { isAboutRows, type Action } from './action';
import { appliedBefore, type AppliedBefore } from './applied';
import type { SqlBody } from './body';
import { proposeByHand } from './by-hand';
import type { SqlInput } from './input';
import { describeAction, locksOf, riskOf } from './look/kinds';
import { lookAt, touch, type Looked } from './look/look';
import { Touched } from './look/touched';
import { functionsMade, vetStatement } from './look/vet';
import { recognise } from './recognise';
import { OLD_AND_NEW } from './rows/keep-plain';

/** Statements that change rows and no structure. */
const ABOUT_ROWS = /^(Insert|Update|Delete|Merge|Truncate|Select)Stmt$/;

/** Parses, binds, refuses what is outside the closed set, and looks at what is left, in order. Reads only. */
export async function proposeSql(input: SqlInput, ctx: ProposeContext): Promise<Proposed<SqlBody>> {
  const faults = new Faults();
  const actions: Action[] = [];
  const seen: Looked[] = [];
  const findings: Proposed<SqlBody>['findings'] = [];
  const touched = new Touched();
  const statements = await read(input, faults, ctx);
  const { undo, irreversible } = input;
  if (undo !== undefined) return proposeByHand(statements, { undo }, faults, ctx);
  if (irreversible) return proposeByHand(statements, { irreversible }, faults, ctx);
  const made = functionsMade(statements);
  const known: { statement: ParsedStatement; found?: Action[] }[] = [];
  for (const statement of statements) {
    const found = await faults.gather(async () => {
      const recognised = await recognise(statement);
      findings.push(...(await vetStatement(statement, ctx.session, made)));
      return recognised;
    });
    known.push({ statement, ...(found && { found }) });
  }
  const before =
    faults.count > 0
      ? undefined
      : await appliedBefore(
          known.flatMap(({ found }) => found!),
          ctx,
        );
  if (before)
    return nothingNew(
      known.flatMap(({ found }) => found!),
      before,
    );
  for (const { statement, found } of known) {
    // What it would have made or changed is not held against the statements after it.
    if (!found)
      touched.add(relationsIn(statement).writes, actions.length + 1, !ABOUT_ROWS.test(statement.kind));
    for (const action of found ?? []) {
      const ordinal = actions.push(action);
      ctx.heartbeat({ statement: ordinal });
      const looked = await faults.gather(() => lookAt(action, ordinal, touched, ctx));
      if (looked?.noop === undefined) await touch(action, looked?.writes ?? [], ordinal, touched, ctx);
      if (looked) seen.push(looked);
    }
  }
  faults.report();
  const all = <T>(list: (each: Looked) => T[]): T[] => [...new Set(seen.flatMap(list))];
  const writes = all((each) => each.writes).sort();
  const noop = seen.every((each) => each.noop !== undefined);
  return {
    title: title(actions, seen, noop),
    risk: noop ? 'read' : worst(actions.filter((_, index) => seen[index]!.noop === undefined).map(riskOf)),
    noop,
    routine: false,
    lossy: all((each) => each.lossy),
    reads: all((each) => each.reads)
      .filter((name) => !writes.includes(name))
      .sort(),
    writes,
    sources: {},
    body: {
      statements: actions.map(({ text, place }) => ({ text, place })),
      ...((await ctx.live.serverMajor()) < OLD_AND_NEW &&
        actions.some(isAboutRows) && { plain: true as const }),
    },
    apply: seen.map((each, index) => `${heading(actions[index]!, index)}\n${each.apply}`).join('\n\n'),
    undo: undoText(actions, seen),
    findings: [...findings, ...seen.flatMap((each) => each.findings)],
    estimate: total(
      seen.map((each) => each.estimate),
      actions,
      seen,
    ),
  };
}

function nothingNew(actions: readonly Action[], { runId, at }: AppliedBefore): Proposed<SqlBody> {
  const why = `applied by run ${runId} on ${at}`;
  return {
    title: `nothing to do: ${why}`,
    ...{ risk: 'read', noop: true, routine: false, lossy: [], reads: [], writes: [], sources: {} },
    body: { statements: actions.map(({ text, place }) => ({ text, place })) },
    apply: `-- ${why}: nothing to do`,
    undo: `-- ${why}: nothing was done`,
    ...{ findings: [], estimate: {} },
  };
}

async function read(input: SqlInput, faults: Faults, ctx: ProposeContext): Promise<ParsedStatement[]> {
  const written =
    input.file === undefined
      ? sqlText(input.statements ?? '')
      : sqlText(await ctx.bundledFile(input.file), input.file);
  const statements = await parseScript(await bindParams(written, ctx.params), faults);
  if (statements.length > 0 || faults.count > 0) return statements;
  throw invalidSql(written, 0, 'There is no SQL statement.', 'Write at least one, or remove the step.');
}

function title(actions: readonly Action[], seen: readonly Looked[], noop: boolean): string {
  const [first, ...more] = actions;
  if (noop) return `nothing to do: ${[...new Set(seen.map((each) => each.noop!))].join('; ')}`;
  if (more.length === 0) return describeAction(first!);
  const names = [...new Set(seen.flatMap((each) => each.writes))];
  const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`] : names;
  return `${actions.length} statements on ${shown.join(', ')}`;
}

function worst(risks: readonly Risk[]): Risk {
  return RISKS[Math.max(...risks.map((risk) => RISKS.indexOf(risk)))]!;
}

const heading = (action: Action, index: number): string =>
  `-- ${index + 1}. ${describeAction(action)} (${action.place})`;

const UNDO_NOTE = `-- To be run from top to bottom, in one transaction. <change> stands for this change's mark, other <…> for what is
-- known once it is applied; sluice.change.applied holds the same statements with all of it filled in.`;

function undoText(actions: readonly Action[], seen: readonly Looked[]): string {
  const parts = seen.map((each, index) => `${heading(actions[index]!, index)}\n${each.undo}`).reverse();
  return [UNDO_NOTE, ...parts].join('\n\n');
}

function total(
  estimates: readonly Estimate[],
  actions: readonly Action[],
  seen: readonly Looked[],
): Estimate {
  const sum = (key: 'rows' | 'bytes' | 'undoBytes' | 'undoSeconds'): number | undefined => {
    const known = estimates.map((each) => each[key]).filter((value) => value !== undefined);
    return known.length > 0 ? known.reduce((a, b) => a + b, 0) : undefined;
  };
  const locks = locksOf(actions.filter((_, index) => seen[index]!.noop === undefined));
  const found: Estimate = {
    ...{ rows: sum('rows'), bytes: sum('bytes'), undoBytes: sum('undoBytes') },
    undoSeconds: sum('undoSeconds'),
    undoLocks: [...new Set(estimates.map((each) => each.undoLocks).filter(Boolean))].join('; ') || undefined,
  };
  if (locks !== '') found.locks = locks;
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
