import type { Proposed, Risk } from '../../schemas/change';
import type { IngestBody, SequenceBehind } from './body';
import { applyText, undoText } from './change-text';
import type { IngestInput } from './input';
import type { FromSource, Looked, Nothing } from './looked';
import { limitOf } from './quarantine';
import { isUniqueKey } from './target';

/** A change that has nothing to do. */
export function nothing(looked: Looked, { noop, sources, findings = [] }: Nothing): Proposed<IngestBody> {
  const body = bodyOf(looked, { columns: [], key: [], from: emptyFiles() });
  return {
    title: noop,
    risk: 'read',
    noop: true,
    routine: true,
    lossy: [],
    reads: [],
    writes: [],
    sources,
    body,
    apply: '',
    undo: '',
    findings,
    estimate: { rows: 0, bytes: 0 },
  };
}

export function changeOf(
  looked: Looked,
  found: FromSource,
  sequences: SequenceBehind[],
): Proposed<IngestBody> {
  const { relation, target, routine } = looked;
  const body = bodyOf(looked, found, sequences);
  return {
    title: titleOf(looked, body, found.title),
    risk: riskOf(body, routine),
    noop: false,
    routine,
    lossy:
      target && target.triggers.length > 0
        ? [
            `what the triggers of ${relation} (${target.triggers.join(', ')}) do elsewhere: the undo brings back the rows of ${relation} and fires none of them`,
          ]
        : [],
    reads: [],
    writes: [relation],
    sources: found.sources,
    body,
    apply: applyText(body),
    undo: undoText(body),
    findings: found.findings,
    estimate: {
      ...(found.rows !== undefined && { rows: found.rows }),
      ...(found.read !== undefined && found.read !== found.rows && { read: found.read }),
      ...(found.bytes !== undefined && { bytes: found.bytes }),
      undoBytes: undoBytes(looked, body, found.bytes),
      locks: body.create
        ? 'none that anybody would notice: the table is new'
        : `readers of ${relation} go on; other writers wait until the load is committed`,
    },
  };
}

function bodyOf(
  { input, relation, target, history, serverMajor }: Looked,
  found: Pick<FromSource, 'columns' | 'key' | 'cursor' | 'from' | 'missing'>,
  sequences: SequenceBehind[] = [],
): IngestBody {
  const columns = target?.columns ?? [];
  return {
    relation,
    mode: input.mode,
    create: target === undefined,
    columns: found.columns,
    key: found.key,
    restore: columns.filter((column) => !column.generated).map((column) => column.name),
    identity: columns.filter((column) => column.identity).map((column) => column.name),
    keyIsUnique: target !== undefined && found.key.length > 0 && isUniqueKey(target, found.key),
    ...(target !== undefined && input.mode === 'append' && mayBeThere(input, found) && { missing: true }),
    ...(input.reload && { reload: true }),
    ...(found.cursor && { cursor: found.cursor }),
    ...(input.mode === 'merge' && serverMajor < 18 && { inSteps: true }),
    sequences,
    previousLoad: history.newest,
    quarantine: limitOf(input.quarantine),
    from: found.from,
    ...(input.partition && { partition: input.partition }),
  };
}

/** Whether rows that arrive to be appended may be in the table already. */
function mayBeThere(
  { reload }: IngestInput,
  { from, cursor, key }: Pick<FromSource, 'from' | 'cursor' | 'key'>,
): boolean {
  if (from.kind === 'files') return from.files.some((file) => file.again);
  return reload === true || (cursor !== undefined && key.length > 0);
}

/** What is kept aside at most: replaced rows, or rows that are updated (no more than there are, nor than come). */
function undoBytes({ size }: Looked, { create, mode }: IngestBody, arriving = size): number {
  if (create || mode === 'append') return 0;
  return mode === 'replace' ? size : Math.min(size, arriving);
}

function titleOf({ relation }: Looked, body: IngestBody, source: string): string {
  const table = body.create ? `the new table ${relation}` : relation;
  const by = body.key.length > 0 ? ` by ${body.key.join(', ')}` : '';
  switch (body.mode) {
    case 'append':
      return `append ${source} to ${table}`;
    case 'merge':
      return `merge ${source} into ${table}${by}`;
    case 'replace':
      return body.create ? `load ${source} into ${table}` : `replace ${relation} by ${source}`;
  }
}

function riskOf(body: IngestBody, routine: boolean): Risk {
  if (body.create || body.mode === 'append') return 'additive';
  return body.mode === 'merge' || routine ? 'rewriting' : 'destructive';
}

function emptyFiles(): IngestBody['from'] {
  const framing = {
    format: 'delimited',
    gzip: false,
    encoding: 'utf-8',
    delimiter: 44,
    quote: 34,
    escape: 0,
    skip: 0,
    header: 1,
  } as const;
  return { kind: 'files', framing, nulls: [], quotedNulls: false, header: true, layouts: [], files: [] };
}
