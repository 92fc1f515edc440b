import type { Proposed } from '../../schemas/change';
import { Faults } from '../../sql/faults';
import { bindParams, relationsIn, sqlText, type ParsedStatement } from '../../sql/parse';
import { parseScript } from '../../sql/script';
import { statementName } from '../../sql/statement-name';
import { walk } from '../../sql/walk';
import { splitRelation } from '../../sql/quote';
import type { ProposeContext } from '../capability';
import type { SqlBody } from './body';
import { functionsMade, vetStatement } from './look/vet';
import { recognise } from './recognise';
import { notAllowed, openSchema, refuseForm } from './refusals';

/** Beyond the closed set: what runs in a transaction, and changes nothing but this database. */
const BY_HAND = new Set(
  `AlterTableStmt AlterObjectSchemaStmt AlterOwnerStmt AlterSeqStmt AlterDomainStmt AlterEnumStmt AlterTypeStmt
   AlterFunctionStmt AlterPolicyStmt AlterStatsStmt AlterDefaultPrivilegesStmt AlterObjectDependsStmt CommentStmt
   CompositeTypeStmt CreateCastStmt CreateDomainStmt CreateEnumStmt CreateRangeStmt CreateSeqStmt CreateStatsStmt
   CreateTrigStmt CreatePolicyStmt DefineStmt DropStmt GrantStmt IndexStmt RenameStmt RuleStmt CreateStmt`
    .trim()
    .split(/\s+/),
);

/**
 * A step whose undo a person has written: it is undone by that script and nothing is kept for it, so that statements
 * may be in it which have no undo of their own. The rehearsal runs both, and compares.
 */
export async function proposeByHand(
  statements: readonly ParsedStatement[],
  undo: string,
  faults: Faults,
  ctx: ProposeContext,
): Promise<Proposed<SqlBody>> {
  const back = await parseScript(await bindParams(sqlText(undo, 'undo'), ctx.params), faults);
  const all = [...statements, ...back];
  const made = functionsMade(all);
  const findings: Proposed<SqlBody>['findings'] = [];
  for (const statement of all) {
    await faults.gather(async () => {
      await assertMay(statement);
      findings.push(...(await vetStatement(statement, ctx.session, made)));
    });
  }
  faults.report();
  const named = all.map((statement) => relationsIn(statement));
  const writes = [...new Set(named.flatMap((each) => each.writes))].sort();
  const texts = (list: readonly ParsedStatement[]): SqlBody['statements'] =>
    list.map(({ text, place }) => ({ text, place }));
  const shown = (list: readonly ParsedStatement[]): string =>
    list.map(({ text, place }) => `-- ${place}\n${text};`).join('\n\n');
  return {
    title: `${statements.length === 1 ? statementName(statements[0]!) : `${statements.length} statements`}, with an undo written by hand`,
    ...{ risk: 'destructive', noop: false, routine: false, lossy: [], sources: {}, estimate: {} },
    reads: [...new Set(named.flatMap((each) => each.reads))].filter((name) => !writes.includes(name)).sort(),
    writes,
    body: { statements: texts(statements), undo: texts(back) },
    apply: shown(statements),
    undo: shown(back),
    findings: [
      ...findings,
      {
        severity: 'warning',
        rule: 'undo_by_hand',
        message:
          'Its undo is written by hand and nothing is kept for it: the rehearsal compares the structure, and the rows that it has, with what was there before.',
      },
    ],
  };
}

async function assertMay(statement: ParsedStatement): Promise<void> {
  const { node, kind } = statement;
  walk({ [kind]: node }, (tag, below) => {
    if (below['behavior'] === 'DROP_CASCADE')
      throw refuseForm(
        statement,
        'CASCADE is refused: it takes away what nobody named.',
        'Drop what depends on it by name, before it, in the same step.',
      );
    if (below['concurrent'] === true)
      throw refuseForm(
        statement,
        'CONCURRENTLY is refused: it cannot run in a transaction, so a failure half-way would stay.',
        'Leave CONCURRENTLY out; writers of the table wait meanwhile.',
      );
    if (tag === 'String' && /^sluice(_shadow)?$/.test(String(below['sval'])))
      openSchema(statement, String(below['sval']));
  });
  const { reads, writes } = relationsIn(statement);
  for (const name of [...reads, ...writes]) openSchema(statement, splitRelation(name).schema);
  if (BY_HAND.has(kind)) return;
  // What is in the closed set may be in it, too.
  await recognise(statement);
  if (kind === 'DoStmt') throw notAllowed(statement);
}
