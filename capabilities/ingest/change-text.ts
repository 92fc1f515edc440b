import { quoteIdent, quoteRelation, splitRelation } from '../../sql/quote';
import { identifyRows } from '../../warehouses/ledger.sql';
import { statementOf } from '../../warehouses/postgres/own-write';
import type { FilePart, FilesPart, IngestBody, PostgresPart } from './body';
import { readFilter } from './cursor/sql';
import { mergeTexts } from './merge';
import { count } from './quarantine';
import { writtenAs } from './scan/rewrite';
import * as sql from './statements';

/** Names that come from the change's id, which the body does not know, as people read them. */
const BEFORE = 'sluice.before_<change>';
const TRASH = 'sluice.trash_<change>';

/** The statements of apply, as text. COPY of many files like each other is written once. */
export function applyText(body: IngestBody): string {
  const { relation } = body;
  const lines: string[] = [];
  if (body.create) {
    lines.push(noted('if there is none', sql.createSchema(relation)), sql.createTable(body));
  } else if (body.mode === 'replace') {
    lines.push(sql.keepAll(TRASH, body), statementOf(sql.allRows(body)));
  }
  if (isStaged(body)) lines.push(sql.createStage(body));
  lines.push(
    ...(body.from.kind === 'files'
      ? copies(body, body.from)
      : [copyOver(body, body.from, isStaged(body) ? sql.STAGE : quoteRelation(relation))]),
  );
  if (isStaged(body)) {
    if (body.mode === 'merge') lines.push(sql.createKept(BEFORE, body), ...mergeTexts(body, BEFORE));
    else lines.push(body.missing ? sql.insertMissing(body) : sql.insertStaged(body));
  }
  if (body.create)
    lines.push(body.key.length > 0 ? sql.addPrimaryKey(body) : identifyRows(quoteRelation(relation)));
  for (const { column, sequence } of body.sequences) {
    lines.push(noted(`past the greatest ${column} that was loaded`, `select setval('${sequence}', …)`));
  }
  return lines.map((line) => `${line};`).join('\n');
}

/** Rows wait in a temporary table when they are compared with what is there, or where they end is looked up. */
export function isStaged({ create, mode, missing, cursor, from }: IngestBody): boolean {
  if (create) return false;
  return mode === 'merge' || missing === true || (cursor !== undefined && from.kind === 'postgres');
}

/** Where the rows of one file go: of files that are new nothing can be in the table yet. */
export function intoOf(body: IngestBody, file: Pick<FilePart, 'again'>): string {
  const waits = isStaged(body) && (body.mode === 'merge' || file.again === true);
  return waits ? sql.STAGE : quoteRelation(body.relation);
}

function copies(body: IngestBody, part: FilesPart): string[] {
  const groups = new Map<string, { files: number; rows: number; rejected: number }>();
  for (const file of part.files) {
    const statement = copyStatement(body, part, file, intoOf(body, file));
    const group = groups.get(statement) ?? { files: 0, rows: 0, rejected: 0 };
    group.files++;
    group.rows += file.records - file.rejected;
    group.rejected += file.rejected;
    groups.set(statement, group);
  }
  return [...groups].map(([statement, { files, rows, rejected }]) => {
    const aside = rejected > 0 ? `; ${count(rejected)} set aside` : '';
    return noted(`${count(files)} file${files === 1 ? '' : 's'}, ${count(rows)} rows${aside}`, statement);
  });
}

/** How COPY is told to read one file. */
export function copyStatement(
  body: IngestBody,
  part: FilesPart,
  file: Pick<FilesPart['files'][number], 'direct' | 'layout'>,
  into: string,
): string {
  const names = body.columns.map((column) => column.name);
  if (part.framing.format === 'jsonl') return sql.copyRows(into, names, { delimiter: 44, quote: 34 });
  if (file.direct === null) return sql.copyRows(into, names, writtenAs(part.framing));
  const { pick } = part.layouts[file.layout]!;
  const inFile = pick.map((_, at) => names[pick.indexOf(at)]!);
  return sql.copyFile(into, inFile, part, file.direct.null);
}

/** The SELECT that is sent to the source: all its rows, or those that the cursor has not passed. */
export function sourceSelect({ cursor }: IngestBody, part: PostgresPart, horizon?: string): string {
  const filter = readFilter(cursor, horizon);
  return filter === '' ? part.select : `select * from (${part.select}\n) rows${filter}`;
}

function copyOver(body: IngestBody, part: PostgresPart, into: string): string {
  const names = body.columns.map((column) => column.name);
  return noted(
    `from ${part.title}: ${sourceSelect(body, part).replace(/\s+/g, ' ')}`,
    sql.copyBinary(into, names),
  );
}

function noted(note: string, statement: string): string {
  return `-- ${note}\n${statement}`;
}

/** The statements of undo, as text. */
export function undoText(body: IngestBody): string {
  const table = quoteRelation(body.relation);
  const mine = `xmin = (select xid::xid from sluice.load where load_id = '<change>')`;
  const lines: string[] = [];
  if (body.create) {
    const schema = quoteIdent(splitRelation(body.relation).schema);
    lines.push(
      noted('it holds the rows of this load only', `drop table ${table}`),
      noted('if the load made it and it is empty', `drop schema ${schema}`),
    );
  } else if (body.mode === 'merge') {
    lines.push(
      statementOf(sql.restoredRows(body, BEFORE, mine)),
      statementOf(sql.loadedRows(body, mine)),
      `drop table ${BEFORE}`,
    );
  } else {
    lines.push(statementOf(sql.loadedRows(body, mine)));
    if (body.mode === 'replace') lines.push(sql.restoreAll(body, TRASH), `drop table ${TRASH}`);
  }
  for (const { sequence } of body.sequences) {
    lines.push(noted('as before, if nobody drew from it since', `select setval('${sequence}', …)`));
  }
  lines.push(
    `delete from sluice.quarantine where load_id = '<change>'`,
    `update sluice.load set undone = true where load_id = '<change>'`,
  );
  return lines.map((line) => `${line};`).join('\n');
}
