import { quoteIdent, quoteLiteral, quoteRelation, splitRelation } from '../../sql/quote';
import { identifyRows } from '../../warehouses/ledger.sql';
import type { Mode, ModelBody } from './body';
import { testName } from './tests';

/** Stands for the names that a change's id gives: known when it is applied. */
const ASIDE = 'sluice.build_<change>';
const TRASH = 'sluice.trash_<change>';

/** The statements that `apply` runs, for people. */
export function applyText(body: ModelBody): string {
  const { relation, materialized, mode, sql } = body;
  const name = quoteRelation(relation);
  const lines: string[] = [];
  if (body.makesSchema) lines.push(`create schema ${quoteIdent(splitRelation(relation).schema)};`);
  const tests = body.tests.map(
    (test) => `--   ${testName(test)}${test.severity === 'warning' ? ' (warning)' : ''}`,
  );
  const tested = tests.length === 0 ? [] : ['-- tested before anybody can see it:', ...tests];
  switch (mode) {
    case 'create':
      lines.push(`create ${materialized} ${name} as\n${sql};`, ...tested);
      if (materialized === 'table') lines.push(`${identifyRows(name)};`);
      break;
    case 'replace':
      lines.push(...tested, `create or replace view ${name} as\n${sql};`);
      break;
    case 'rows':
      lines.push(
        `create unlogged table ${ASIDE} as\n${sql};`,
        ...tested,
        `create table ${TRASH} as table ${name};  -- kept, so that this can be undone`,
        `delete from ${name};`,
        `insert into ${name} select * from ${ASIDE};`,
        `drop table ${ASIDE};`,
      );
      break;
    case 'swap':
      lines.push(
        `create ${materialized} ${ASIDE} as\n${sql};`,
        ...tested,
        `-- ${ASIDE} gets the owner, grants, comments, options, replica identity and indexes of ${name}`,
        `-- ${name} becomes ${TRASH}, so that this can be undone`,
        `-- ${ASIDE} becomes ${name}`,
      );
  }
  for (const columns of body.indexes) {
    lines.push(`create index on ${name} (${columns.map(quoteIdent).join(', ')});  -- unless there is one`);
  }
  if (body.description !== undefined) {
    lines.push(`comment on ${materialized} ${name} is ${quoteLiteral(body.description)};`);
  }
  return lines.join('\n');
}

/** The statements that `undo` runs, for people. */
export function undoText(body: ModelBody): string {
  const name = quoteRelation(body.relation);
  switch (body.mode) {
    case 'create': {
      const schema = quoteIdent(splitRelation(body.relation).schema);
      const drop = `drop ${body.materialized} ${name};`;
      return body.makesSchema ? `${drop}\ndrop schema ${schema};  -- if it is empty` : drop;
    }
    case 'rows':
      return [
        `delete from ${name};`,
        `insert into ${name} select * from ${TRASH};`,
        `drop table ${TRASH};`,
      ].join('\n');
    case 'replace':
      return `create or replace view ${name} as  -- the definition before, kept in sluice.change.applied`;
    case 'swap':
      return `drop ${body.materialized} ${name};\n-- ${TRASH} becomes ${name} again, with its indexes`;
  }
}

export function locksText(mode: Mode): string {
  switch (mode) {
    case 'create':
      return 'none that others notice';
    case 'rows':
      return 'readers never wait; other writers of it wait until the commit';
    case 'replace':
    case 'swap':
      return 'readers wait for the moment between the exchange and the commit (milliseconds); other writers wait throughout';
  }
}
