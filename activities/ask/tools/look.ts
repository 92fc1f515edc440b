import { fail, SluiceError } from '../../../schemas/errors';
import type { RelationName } from '../../../schemas/change';
import { normaliseRelation } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import { didYouMean } from '../../../capabilities/query/nearest';
import { namesOfRelations } from '../../../capabilities/query/failure';
import { maskedRelations, type MaskedRelation } from '../mask/columns';
import { ancestorsOf } from '../mask/inherited';
import { declaredElsewhere, declaredFor, whySensitive } from '../mask/sensitive';
import { LIMITS } from './limits';
import type { ToolContext } from './tool';

/** Looks into the warehouse as its reading role: a read-only transaction, a time limit, cancellation. */
export function look<T>(
  ctx: ToolContext,
  work: (session: ReadSession) => Promise<T>,
  timeoutMs = LIMITS.timeoutMs,
): Promise<T> {
  ctx.heartbeat();
  return ctx.warehouse.live.read(work, { statementTimeoutMs: timeoutMs, signal: ctx.signal });
}

/** Relations with their columns; hidden are also those whose values come from a hidden one, as runs have recorded it. */
export async function relationsFor(
  session: ReadSession,
  ctx: ToolContext,
  names: readonly RelationName[],
): Promise<Map<RelationName, MaskedRelation>> {
  const { bundle, services } = ctx;
  const declared = [...declaredFor(bundle, services), ...declaredElsewhere(bundle)];
  const inherited = new Map<string, Set<string>>();
  const note = async (relations: readonly RelationName[]): Promise<void> => {
    for (const { relation, column, from, fromColumn, aggregated } of await ancestorsOf(
      services.store.db,
      relations,
    )) {
      if (aggregated || !whySensitive({ relation: from, column: fromColumn }, declared)) continue;
      inherited.set(relation, (inherited.get(relation) ?? new Set()).add(column));
    }
  };
  return maskedRelations(session, names, declaredFor(bundle, services), {
    before: note,
    isInherited: (relation, column) => inherited.get(relation)?.has(column) ?? false,
  });
}

/** The one relation that a tool was asked about. Throws `not_found` with the nearest name, `permission_denied`. */
export async function relationNamed(
  session: ReadSession,
  ctx: ToolContext,
  name: RelationName,
): Promise<MaskedRelation> {
  const relation = normaliseRelation(name);
  const schema = relation.slice(0, relation.indexOf('.'));
  if (schema === 'sluice' || schema === 'information_schema' || schema.startsWith('pg_')) {
    throw fail('permission_denied', `The schema ${schema} is not one of the warehouse's own.`, {
      next: 'Ask about tables and views of the warehouse; list_loads and list_runs say what Sluice did.',
    });
  }
  const found = (await relationsFor(session, ctx, [relation])).get(relation);
  if (found) return found;
  const known = await namesOfRelations(session);
  const bare = relation.slice(relation.indexOf('.') + 1);
  const elsewhere = known.find((each) => each.slice(each.indexOf('.') + 1) === bare);
  throw fail(
    'not_found',
    `There is no table or view ${relation}.${elsewhere ? ` Did you mean "${elsewhere}"?` : didYouMean(relation, known)}`,
    {
      next: 'search_catalogue finds tables by what they are about.',
      place: relation,
    },
  );
}

/** Rows of a foreign table come from elsewhere, by a program or a server that nobody vetted. */
export function assertOwnRows({ relation, relkind }: Pick<MaskedRelation, 'relation' | 'relkind'>): void {
  if (relkind !== 'f') return;
  throw fail('permission_denied', `${relation} is a foreign table: its rows are not in this warehouse.`, {
    next: 'describe_table says what it has; load it first to look at its rows.',
    place: relation,
  });
}

/**
 * What a statement that was accepted fails with while it runs may quote a row (`invalid input for a regclass`), in words
 * that are no longer those of a check of names: only its code goes on.
 */
export function withoutItsWords(cause: unknown): unknown {
  if (
    !(cause instanceof SluiceError) ||
    !['database_error', 'invalid_sql', 'permission_denied', 'internal'].includes(cause.code)
  )
    return cause;
  const state = (cause.cause as { code?: unknown } | undefined)?.code;
  const code = typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) ? ` (SQLSTATE ${state})` : '';
  return fail('database_error', `The query was understood, but failed while it ran${code}.`, {
    next: 'Look at the values it computes with: casts of texts, division, dates out of range.',
    cause,
  });
}
