import type { Finding, Proposed, RelationName } from '../../schemas/change';
import { SluiceError } from '../../schemas/errors';
import { type Faults } from '../../sql/faults';
import { bindParams, relationsIn, sqlText, type ParsedStatement } from '../../sql/parse';
import { parseScript } from '../../sql/script';
import { statementName } from '../../sql/statement-name';
import { walk } from '../../sql/walk';
import { splitRelation } from '../../sql/quote';
import type { ProposeContext } from '../capability';
import { targetsOf } from './action';
import { isBeyond } from './beyond';
import type { SqlBody } from './body';
import { functionsMade, vetStatement } from './look/vet';
import { recognise } from './recognise';
import { notAllowed, openSchema, refuseForm } from './refusals';

/** What a person says of a step's undo: the script that it is, or that there is none. */
export type SaidByHand = { undo: string } | { irreversible: true };

/**
 * A step for which nothing is kept, so that statements may be in it which have no undo of their own: a person has written
 * its undo, which the rehearsal runs and compares, or says that it has none, and then only its apply is rehearsed.
 */
export async function proposeByHand(
  statements: readonly ParsedStatement[],
  said: SaidByHand,
  faults: Faults,
  ctx: ProposeContext,
): Promise<Proposed<SqlBody>> {
  const back =
    'undo' in said ? await parseScript(await bindParams(sqlText(said.undo, 'undo'), ctx.params), faults) : [];
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
  const written = [...new Set((await Promise.all(all.map(writtenBy))).flat())].sort();
  // What is locked, compared and confirmed by name is never nothing: it would go unconfirmed.
  const writes = written.length > 0 ? written : ['public.*'];
  const texts = (list: readonly ParsedStatement[]): SqlBody['statements'] =>
    list.map(({ text, place }) => ({ text, place }));
  const shown = (list: readonly ParsedStatement[]): string =>
    list.map(({ text, place }) => `-- ${place}\n${text};`).join('\n\n');
  const what = statements.length === 1 ? statementName(statements[0]!) : `${statements.length} statements`;
  const script = 'undo' in said;
  return {
    title: `${what}, ${script ? 'with an undo written by hand' : 'which cannot be undone'}`,
    ...{ risk: 'destructive', noop: false, routine: false, sources: {}, estimate: {} },
    lossy: script ? [] : [`this step says itself that it cannot be undone: ${what}`],
    ...(script ? {} : { irreversible: true as const }),
    reads: [...new Set(named.flatMap((each) => each.reads))].filter((name) => !writes.includes(name)).sort(),
    writes,
    body: { statements: texts(statements), ...(script ? { undo: texts(back) } : { irreversible: true }) },
    apply: shown(statements),
    undo: script ? shown(back) : '-- nothing: this step says itself that it cannot be undone',
    findings: [...findings, script ? BY_SCRIPT : BY_NOTHING],
  };
}

const BY_SCRIPT: Finding = {
  severity: 'warning',
  rule: 'undo_by_hand',
  message:
    'Its undo is written by hand and nothing is kept for it: the rehearsal compares the structure, and the rows that it has, with what was there before.',
};

const BY_NOTHING: Finding = {
  severity: 'warning',
  rule: 'irreversible',
  message:
    'Nothing is kept for it: once it is applied, neither it nor any other step of its run can be undone, also not when a later step fails.',
};

/** What the statement changes, as far as it is named. */
async function writtenBy(statement: ParsedStatement): Promise<RelationName[]> {
  const known = await recognise(statement).catch((error: unknown) => {
    if (error instanceof SluiceError && error.code === 'statement_refused') return [];
    throw error;
  });
  return [...known.flatMap(targetsOf), ...relationsIn(statement).writes];
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
  if (isBeyond(statement)) return;
  // What is in the closed set may be in it, too.
  await recognise(statement);
  if (kind === 'DoStmt') throw notAllowed(statement);
}
