import type { Applied, Change, Check } from '../../schemas/change';
import { quoteIdent, quoteRelation } from '../../sql/quote';
import type { ReadContext } from '../capability';
import type { IngestBody } from './body';
import { count } from './quarantine';
import type { Detail } from './record';
import { list } from './statements';
import type { Written } from './written';

/** What must hold before anybody sees the load. */
export async function verify(
  change: Change<IngestBody>,
  applied: Applied,
  ctx: ReadContext,
): Promise<Check[]> {
  const { body } = change;
  const detail = applied.detail as unknown as Detail;
  const { read, inserted, updated, quarantined } = applied.rows;
  const checks: Check[] = [
    check(
      'rows_read',
      detail.expected === read,
      `the source has ${count(detail.expected)} rows, ${count(read)} were read`,
    ),
    check(
      'rows_accounted',
      read === inserted + updated + detail.unchanged + detail.skipped + quarantined,
      `${count(read)} rows read: ${count(inserted)} inserted, ${count(updated)} updated, ${count(detail.unchanged)} unchanged, ${count(detail.skipped)} older than what is there, ${count(quarantined)} set aside`,
    ),
  ];
  if (body.from.kind === 'files') {
    const promised = body.from.files.reduce((sum, file) => sum + file.rejected, 0);
    checks.push(
      check(
        'quarantine',
        quarantined <= promised,
        `${count(quarantined)} rows set aside, at most ${count(promised)} were announced`,
      ),
    );
  }
  checks.push(...leftOutChecks(change, detail));
  if (detail.counted) checks.push(writtenCheck(change, applied, detail.counted));
  if (body.key.length > 0) checks.push(await keyCheck(body, detail, ctx));
  return checks;
}

/** What the proposal said is left out, and what this load saw of it: nobody must look for it. */
function leftOutChecks({ findings, body }: Change<IngestBody>, { beyond = 0, waiting = 0 }: Detail): Check[] {
  const warning = (name: string, message: string): Check => ({
    name,
    ok: false,
    severity: 'warning',
    message,
  });
  const { cursor } = body;
  const said = findings.filter(({ rule }) => ['left_out', 'not_counted'].includes(rule));
  return [
    ...said.map(({ message }) => warning('left out', message)),
    ...(waiting > 0
      ? [
          warning(
            'left out',
            `${count(waiting)} rows of the source have a ${cursor!.column} that cannot be loaded yet`,
          ),
        ]
      : []),
    ...(beyond > 0
      ? [
          warning(
            'cursor',
            `${count(beyond)} rows have a ${cursor!.column} beyond now; the cursor stays before them`,
          ),
        ]
      : []),
  ];
}

function check(name: string, ok: boolean, message: string): Check {
  return { name, ok, severity: 'error', message };
}

/** What COPY and MERGE reported, against what the server counted in the table. */
function writtenCheck({ body, lossy }: Change<IngestBody>, { rows }: Applied, counted: Written): Check {
  const text = (of: Written): string => [of.inserted, of.updated, of.deleted].map(count).join(', ');
  const message = `inserted, updated, deleted: ${text(rows)}; the server counted ${text(counted)} in ${body.relation}`;
  // Triggers may write to the table as well; that they are there was said when this was proposed.
  return {
    ...check('rows_written', text(rows) === text(counted), message),
    severity: lossy.length > 0 ? 'warning' : 'error',
  };
}

async function keyCheck(body: IngestBody, detail: Detail, ctx: ReadContext): Promise<Check> {
  const name = `key (${body.key.join(', ')})`;
  if (detail.created !== undefined || body.keyIsUnique) {
    return check(name, true, 'unique and not null, guaranteed by an index');
  }
  const table = quoteRelation(body.relation);
  const isNull = body.key.map((column) => `${quoteIdent(column)} is null`).join(' or ');
  const [row] = await ctx.session.query<{ twice: string; nulls: string }>(
    `select (select count(*) from (select from ${table} group by ${list(body.key)} having count(*) > 1) t) as twice,
            (select count(*) from ${table} where ${isNull}) as nulls`,
  );
  const [twice, nulls] = [Number(row!.twice), Number(row!.nulls)];
  return check(
    name,
    twice === 0 && nulls === 0,
    `${repeated(twice)}, ${count(nulls)} row${nulls === 1 ? ' has' : 's have'} a null in it`,
  );
}

/** `3 keys (year, month) occur more than once` */
export function repeated(keys: number, columns: readonly string[] = []): string {
  const of = columns.length > 0 ? ` (${columns.join(', ')})` : '';
  return keys === 1 ? `1 key${of} occurs more than once` : `${count(keys)} keys${of} occur more than once`;
}
