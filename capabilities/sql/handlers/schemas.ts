import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../../warehouses/warehouse';
import type { Action, ActionOf } from '../action';
import { foreignGrants, grantStatements, rightsOf, type Right } from '../catalogue/privileges';
import { nothing, run, runs, type Plan, type Planning } from '../plan';
import { expectSchema } from './expect';
import { mismatch } from './target';

interface Schema {
  name: string;
  owner: string;
  rights: Right[] | null;
  comment: string | null;
  contents: string[];
  /** It has default privileges, which would be lost with it. */
  hasDefaults: boolean;
}

async function findSchema(session: ReadSession, name: string): Promise<Schema | undefined> {
  const rows = await session.query<Schema>(
    `select n.nspname::text as name, pg_get_userbyid(n.nspowner)::text as owner, ${rightsOf('n.nspacl')} as rights,
       obj_description(n.oid, 'pg_namespace') as comment,
       exists (select from pg_default_acl a where a.defaclnamespace = n.oid) as "hasDefaults",
       array(select pg_describe_object(d.classid, d.objid, 0) from pg_depend d
              where d.refclassid = 'pg_namespace'::regclass and d.refobjid = n.oid and d.deptype = 'n'
                and d.classid <> 'pg_default_acl'::regclass
              order by 1 limit 5) as contents
     from pg_namespace n where n.nspname = $1`,
    [name],
  );
  return rows[0];
}

export async function planCreateSchema(action: ActionOf<'create schema'>, at: Planning): Promise<Plan> {
  const { schema, optional } = action;
  if (await findSchema(at.session, schema)) {
    if (optional) return nothing(`the schema ${schema} exists`);
    throw mismatch(
      action,
      `The schema ${schema} exists already.`,
      'Choose another name or write IF NOT EXISTS.',
    );
  }
  return {
    acts: [{ sql: action.text }],
    undo: () => Promise.resolve([run(`drop schema ${quoteIdent(schema)}`)]),
    expect: [expectSchema(schema, true)],
  };
}

/** Only an empty schema is dropped (RESTRICT), so what comes back is its name, owner, rights and comment. */
export async function planDropSchema(action: ActionOf<'drop schema'>, at: Planning): Promise<Plan> {
  const found: Schema[] = [];
  for (const name of action.schemas) {
    const schema = await findSchema(at.session, name);
    if (!schema && !action.optional) throw mismatch(action, `There is no schema ${name}.`, 'Check the name.');
    if (schema) found.push(schema);
  }
  if (found.length === 0) return nothing('there is no such schema');
  for (const schema of found) refuseUnlessEmpty(action, schema);
  return {
    acts: found.map(({ name }) => ({ sql: `drop schema ${quoteIdent(name)}` })),
    undo: () => Promise.resolve(found.flatMap((schema) => runs(recreate(schema)))),
    expect: found.map(({ name }) => expectSchema(name, false)),
    gone: found.map(({ name }) => `schema ${name}`),
    lossy: found.flatMap(({ name, owner, rights }) =>
      foreignGrants(owner, rights).map(
        (role) => `rights on the schema ${name} that ${role} granted come back as granted by ${owner}`,
      ),
    ),
  };
}

function refuseUnlessEmpty(action: Action, schema: Schema): void {
  const { name, contents, hasDefaults } = schema;
  if (contents.length > 0) {
    throw mismatch(
      action,
      `The schema ${name} is not empty: it holds ${contents.join(', ')}.`,
      'Drop what is in it first, in the same step.',
    );
  }
  if (hasDefaults)
    throw mismatch(
      action,
      `The schema ${name} has default privileges, which would be lost.`,
      'Drop it by hand.',
    );
}

function recreate({ name, owner, rights, comment }: Schema): string[] {
  const quoted = quoteIdent(name);
  const statements = [`create schema ${quoted}`, `alter schema ${quoted} owner to ${quoteIdent(owner)}`];
  if (comment !== null) statements.push(`comment on schema ${quoted} is ${quoteLiteral(comment)}`);
  return [...statements, ...grantStatements(`schema ${quoted}`, owner, rights)];
}

export async function planRenameSchema(action: ActionOf<'rename schema'>, at: Planning): Promise<Plan> {
  const { schema, to } = action;
  if (!(await findSchema(at.session, schema)))
    throw mismatch(action, `There is no schema ${schema}.`, 'Check the name.');
  return {
    acts: [{ sql: action.text }],
    undo: () => Promise.resolve([run(`alter schema ${quoteIdent(to)} rename to ${quoteIdent(schema)}`)]),
    expect: [expectSchema(to, true), expectSchema(schema, false)],
    gone: [`relation ${schema}.`],
  };
}
