import { quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote';
import type { WriteSession } from '../../warehouses/warehouse';
import type { WriteContext } from '../capability';
import type { ModelBody, ModelMemory } from './body';
import { describe } from './comment';
import { politely } from './politely';
import type { Published } from './published';
import type { Target } from './target';
import { runTests } from './tests';

type OldView = NonNullable<ModelMemory['oldView']>;

/** A new definition for a view that stays, with its grants, its comments and the views upon it. */
export async function replaceView(ctx: WriteContext, body: ModelBody, old: Target): Promise<Published> {
  const { session } = ctx;
  const checks = await runTests(session, body.tests, `(\n${body.sql}\n)`, body.relation);
  const [before] = await session.query<OldView>(
    `select pg_get_viewdef(oid) as definition, coalesce(reloptions, '{}') as options from pg_class where oid = $1::oid`,
    [old.oid],
  );
  const oldView = before!;
  await politely(ctx, () =>
    defineView(session, body.relation, { definition: body.sql, options: oldView.options }),
  );
  return {
    checks,
    rows: 0,
    deleted: 0,
    memory: { oldView, ...(await describe(session, body, old.comment)) },
  };
}

/** `CREATE OR REPLACE VIEW` sets the options to those given: without them, a security barrier would be gone. */
export async function defineView(
  session: WriteSession,
  relation: string,
  { definition, options }: OldView,
): Promise<void> {
  const settings = options.map((option) => {
    const equals = option.indexOf('=');
    return `${quoteIdent(option.slice(0, equals))} = ${quoteLiteral(option.slice(equals + 1))}`;
  });
  const list = settings.length === 0 ? '' : ` with (${settings.join(', ')})`;
  const query = definition.replace(/;\s*$/, '');
  await session.execute(`create or replace view ${quoteRelation(relation)}${list} as\n${query}`);
}
