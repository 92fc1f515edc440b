import { fail } from '../../../schemas/errors';
import type { WriteContext } from '../../capability';
import type { IngestBody, PostgresPart } from '../body';
import { sourceSelect } from '../change-text';
import { Pulse } from '../context';
import { loading } from '../failures';
import { copyBinary } from '../statements';
import { BinaryRows } from './binary-rows';
import { inRing } from '../../../sources/ring';
import type { SourceDatabase } from '../../../sources/sources';
import { assertNoNulls, beyondHorizon, horizonOf, rowsWhere } from '../cursor/guard';
import { describeSource, fingerprintOf } from './describe';

/** What came over. `sent` is counted in the stream, `copied` by the warehouse. */
export interface CopiedRows {
  sent: number;
  copied: number;
  /** What cannot move the cursor, and how many of the source's rows wait for that. */
  horizon?: string;
  waiting?: number;
}

/**
 * Pipes a SELECT of the source, of one snapshot, into a table: binary, as it comes.
 * Throws `proposal_stale` when the source has other columns than when this was proposed, `source_gone` when it ends early.
 */
export async function copyPostgres(
  body: IngestBody,
  part: PostgresPart,
  into: string,
  ctx: WriteContext,
): Promise<CopiedRows> {
  const source = await ctx.sources.postgres(part.connection, { filtered: part.filtered === true });
  try {
    const columns = await describeSource(source, part.describe);
    if (fingerprintOf(columns) !== part.columns) {
      throw fail('proposal_stale', `${part.title} has other columns or types than when this was proposed.`, {
        next: 'Run the goal again: it will be proposed for the source as it is now.',
        place: part.title,
      });
    }
    const { horizon, waiting } = await looksAtCursor(source, body, part);
    const seen = new BinaryRows();
    const pulse = new Pulse(ctx, 'copying');
    const stream = source.copyBinary(sourceSelect(body, part, horizon));
    const chunks = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of inRing(stream)) {
        seen.push(chunk);
        pulse.beat(chunk.length);
        yield chunk;
      }
      if (!seen.complete) {
        throw fail('source_gone', `${part.title} stopped sending before the end of its rows.`, {
          next: 'Run the goal again when the source answers.',
          place: part.title,
        });
      }
    };
    const names = body.columns.map((column) => column.name);
    const copied = await loading(part.title, body.relation, () =>
      ctx.session.copyIn(copyBinary(into, names), chunks()),
    );
    return { sent: seen.rows, copied, horizon, waiting };
  } finally {
    await source.close();
  }
}

/** What held when this was proposed holds in the snapshot that is loaded. Throws `source_invalid` for rows without a cursor. */
async function looksAtCursor(
  source: SourceDatabase,
  { cursor }: IngestBody,
  part: PostgresPart,
): Promise<Pick<CopiedRows, 'horizon' | 'waiting'>> {
  if (!cursor) return {};
  await assertNoNulls(source, cursor, part.select, part.title);
  const horizon = await horizonOf(source, cursor);
  const beyond = cursor.beyond === 'wait' ? beyondHorizon(cursor, horizon) : undefined;
  return {
    ...(horizon !== undefined && { horizon }),
    ...(beyond !== undefined && { waiting: await rowsWhere(source, part.select, beyond) }),
  };
}
