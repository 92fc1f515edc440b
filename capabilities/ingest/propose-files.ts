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
import { fileLabel } from './history';
import type { FromFiles } from './input';
import type { FromSource, Looked, Nothing } from './looked';
import { newFiles, type Choice } from './new-files';
import { assertWithin, count, limitOf } from './quarantine';
import { scanFiles, type ScanOptions, type ScanResult } from './scan-files';

/** Finds the files that are not loaded yet and looks at all of each. */
export async function proposeFiles(
  looked: Looked,
  from: FromFiles,
  ctx: ProposeContext,
): Promise<FromSource | Nothing> {
  const { input, target, history } = looked;
  const pulse = new Pulse(ctx, 'looking');
  const found = await ctx.sources.list(globsWith(from.files, ctx.params), from.connection);
  const choice = await newFiles(found, history, input, ctx);
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
  const options: ScanOptions = {
    framing: framingOf(from, format),
    nulls: nullsOf(from, format),
    quotedNulls: from.quotedNulls,
    names: namesOf(from, looked),
  };
  const plan = new ColumnsPlan(input, target, looked.types);
  const scan = await scanFiles(ctx.sources, choice.files, plan, options, pulse);
  const records = scan.files.reduce((sum, file) => sum + file.records, 0);
  const columns = plan.finish(format === 'jsonl');
  assertWithin(limitOf(input.quarantine), scan.rejects, records);
  const rows = records - scan.rejects.total;
  return {
    columns,
    key: (input.key ?? []).map((name) => plan.resolve(name, 'key')),
    ...(input.cursor !== undefined && { cursor: cursorOf(looked, from, plan, columns) }),
    from: filesPart(from, options, scan.files, plan, columns, choice.again),
    findings: [...choice.findings, ...comparing(looked, choice.again), ...findingsOf(scan, plan)],
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
  if (from.header || !target || input.columns) return undefined;
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
  for (const { name, state, declared } of plan.columns) {
    const sourceName = plan.sourceNames.get(name)!;
    if (sourceName !== name) {
      findings.push({
        severity: 'info',
        rule: 'renamed',
        message: `"${sourceName}" becomes the column ${name}`,
      });
    }
    if (declared) {
      if (state.opaque) findings.push(opaque(name, declared.type));
    } else if (state.classes === 0) {
      findings.push({
        severity: 'info',
        rule: 'all_null',
        message: `${name} has no value anywhere; it becomes text`,
      });
    } else if (state.widened && state.type === 'text') {
      const { file, line, from } = state.widened;
      findings.push({
        severity: 'info',
        rule: 'widened_to_text',
        message: `${name} becomes text: it was ${from} up to ${file}:${line}, which is something else`,
        place: `${file}:${line}:${name}`,
      });
    }
  }
  return findings;
}

function opaque(name: string, type: string): Finding {
  return {
    severity: 'info',
    rule: 'unchecked_type',
    message: `${name} is ${type}, which only PostgreSQL can judge: a value that does not fit fails the load`,
  };
}
