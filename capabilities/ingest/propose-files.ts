import type { Finding } from '../../schemas/change';
import type { FoundFile } from '../../sources/sources';
import type { ProposeContext } from '../capability';
import { ColumnsPlan } from './columns-plan';
import { Pulse } from './context';
import { filesPart } from './files-part';
import { formatOf, framingOf, nullsOf } from './format';
import { globsWith } from './globs';
import { assertOrdered } from './cursor/position';
import { cursorSpec } from './cursor/spec';
import { decideDialects } from './dialect/decide';
import { fileLabel } from './history';
import type { FromFiles } from './input';
import { knownFiles, knownFinding } from './known-files';
import type { FromSource, Looked, Nothing } from './looked';
import { newFiles, type Choice } from './new-files';
import { oddFindings } from './oddities';
import { assertWithin, count, limitOf } from './quarantine';
import type { ColumnState } from './scan/columns';
import { scanFiles, type ScanOptions, type ScanResult } from './scan-files';

/** Finds the files that are not loaded yet and looks at all of each. */
export async function proposeFiles(
  looked: Looked,
  from: FromFiles,
  ctx: ProposeContext,
  without: ReadonlySet<string> = new Set(),
): Promise<FromSource | Nothing> {
  const { input, target, history } = looked;
  const pulse = new Pulse(ctx, 'looking');
  const found = await ctx.sources.list(globsWith(from.files, ctx.params), from.connection);
  const choice = await newFiles(
    found.filter((file) => !without.has(fileLabel(file))),
    history,
    input,
    ctx,
  );
  if (choice.files.length === 0) {
    const noop =
      input.mode === 'replace'
        ? `nothing new in the files: the ${files(found.length)} of ${looked.relation} ${found.length === 1 ? 'is' : 'are'} unchanged`
        : `nothing new in the files: ${found.length === 1 ? 'it is' : `all ${files(found.length)} are`} loaded (${looked.relation})`;
    return { noop, sources: {} };
  }
  const format = formatOf(
    from,
    choice.files.map((file) => file.path),
  );
  const nulls = nullsOf(from, format);
  const given = framingOf(from, format);
  const names = [...(target?.columns ?? []).map(({ name }) => name), ...Object.keys(input.columns ?? {})];
  const dialects =
    format === 'jsonl'
      ? { framing: given, skips: undefined, findings: [] }
      : await decideDialects(ctx.sources, choice.files, from, { framing: given, nulls, names }, ctx.signal);
  const { framing, skips } = dialects;
  const options: ScanOptions = {
    framing,
    ...(skips && { skips }),
    nulls,
    quotedNulls: from.quotedNulls,
    names: namesOf(from, looked),
  };
  const plan = new ColumnsPlan(input, target, looked.types);
  const scan = await scanFiles(ctx.sources, choice.files, plan, options, pulse);
  const known = knownFiles(scan.files, looked, choice.again);
  if (from.known === 'skip' && known.length > 0) {
    return proposeFiles(looked, from, ctx, new Set([...without, ...known.map(({ file }) => file)]));
  }
  const records = scan.files.reduce((sum, file) => sum + file.records, 0);
  const columns = plan.finish(format === 'jsonl');
  assertWithin(limitOf(input.quarantine), scan.rejects, records);
  const rows = records - scan.rejects.total;
  return {
    columns,
    key: (input.key ?? []).map((name) => plan.resolve(name, 'key')),
    ...(input.cursor !== undefined && { cursor: cursorOf(looked, from, plan, columns) }),
    from: filesPart(from, options, scan.files, plan, columns, choice.again),
    findings: [
      ...choice.findings,
      ...(from.known === 'warn' ? known.map((each) => knownFinding(each, input)) : []),
      ...comparing(looked, choice.again),
      ...dialects.findings,
      ...findingsOf(scan, plan),
    ],
    sources: Object.fromEntries(scan.files.map((file) => [fileLabel(file), `sha256:${file.sha256}`])),
    title: `${files(choice.files.length)} (${count(rows)} row${rows === 1 ? '' : 's'})`,
    rows,
    bytes: sizeOf(choice),
  };
}

export function files(number: number): string {
  return `${count(number)} file${number === 1 ? '' : 's'}`;
}

function sizeOf(choice: Choice): number {
  return choice.files.reduce((sum: number, file: FoundFile) => sum + file.size, 0);
}

/** Names of fields that no header names: as declared, else the existing table's, in order. */
function namesOf(from: FromFiles, { target, input }: Looked): string[] | undefined {
  if (Array.isArray(from.header)) return from.header;
  if (from.header !== 0 || !target || input.columns) return undefined;
  return target.columns
    .filter((column) => !column.generated && !column.identity)
    .map((column) => column.name);
}

/** Of files the cursor says which rows are newer; what is loaded already, their content says. */
function cursorOf(
  { input, relation }: Looked,
  from: FromFiles,
  plan: ColumnsPlan,
  columns: FromSource['columns'],
): FromSource['cursor'] {
  const spec = cursorSpec(input)!;
  const column = plan.resolve(spec.column, 'cursor');
  const { type, checkAs = type } = columns.find(({ name }) => name === column)!;
  const order = assertOrdered(column, checkAs, relation);
  const source = `files:${from.connection ?? ''}:${from.files.join(',')}`;
  return { column, source, order, type: checkAs, from: spec.from, nulls: spec.nulls, beyond: 'load' };
}

/** What becomes of rows that may be in the table already, said before anybody is asked. */
function comparing({ input, relation }: Looked, again: ReadonlySet<string>): Finding[] {
  const spec = cursorSpec(input);
  if (input.mode === 'merge' && spec) {
    const message = `rows whose ${spec.column} is ${spec.from === 'at_least' ? 'less' : 'not greater'} than that of the row in ${relation} do not change it`;
    return [{ severity: 'info', rule: 'newest_stays', message }];
  }
  if (input.mode !== 'append' || again.size === 0) return [];
  const [first] = again;
  const which = again.size === 1 ? `${first} was` : `${count(again.size)} files (${first}, …) were`;
  const message = `${which} loaded before: rows that ${relation} has already are not added again`;
  return [{ severity: 'info', rule: 'only_missing', message }];
}

function findingsOf(scan: ScanResult, plan: ColumnsPlan): Finding[] {
  const findings: Finding[] = [];
  const { rejects } = scan;
  if (rejects.total > 0) {
    findings.push({
      severity: 'warning',
      rule: 'rows_set_aside',
      message: `${count(rejects.total)} rows do not fit and go to sluice.quarantine: ${rejects.describe()}`,
      place: rejects.first[0]!.path,
    });
  }
  for (const file of scan.files) findings.push(...oddFindings(file));
  const rows = scan.files.reduce((sum, file) => sum + file.records - file.rejected, 0);
  for (const { name, state, declared } of plan.columns) {
    const sourceName = plan.sourceNames.get(name)!;
    if (sourceName !== name) {
      findings.push({
        severity: 'info',
        rule: 'renamed',
        message: `"${sourceName}" becomes the column ${name}`,
      });
    }
    if (state.opaque) {
      if (declared) findings.push(opaque(name, declared.type));
    } else if (!state.seen) {
      const more = declared ? '' : '; it becomes text';
      findings.push({
        severity: rows > 0 ? 'warning' : 'info',
        rule: 'all_null',
        message: `${name} has no value anywhere${more}`,
      });
    } else if (!declared && state.widened && state.type === 'text') {
      findings.push(widened(name, state.widened, scan));
    }
  }
  return findings;
}

/** Why a column became text; when it was the end of a file that made it so, that is no row like the others. */
function widened(
  name: string,
  { file, line, from }: NonNullable<ColumnState['widened']>,
  scan: ScanResult,
): Finding {
  const last = scan.files.find(({ path }) => path === file)?.scanned.odd?.last.line ?? Infinity;
  const atEnd = last - line < FOOTER_LINES && line > 3;
  return {
    severity: atEnd ? 'warning' : 'info',
    rule: 'widened_to_text',
    message: `${name} becomes text: it was ${from} up to ${file}:${line}, which is something else${atEnd ? ', at the end of the file: is it a footer?' : ''}`,
    place: `${file}:${line}:${name}`,
  };
}

/** So many lines at the end of a file may be sums or notes. */
const FOOTER_LINES = 3;

function opaque(name: string, type: string): Finding {
  return {
    severity: 'info',
    rule: 'unchecked_type',
    message: `${name} is ${type}, which only PostgreSQL can judge: a value that does not fit fails the load`,
  };
}
