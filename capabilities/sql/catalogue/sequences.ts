import type { ReadSession } from '../../../warehouses/warehouse';
import { quoteIdent, quoteLiteral } from '../../../sql/quote';
import { grantStatements, rightsOf, type Right } from './privileges';

/** A sequence that belongs to a column: of `serial` (owned) or of an identity column. */
export interface OwnedSequence {
  oid: string;
  schema: string;
  name: string;
  column: string;
  identity: boolean;
  start: string;
  increment: string;
  min: string;
  max: string;
  cache: string;
  cycle: boolean;
  owner: string;
  rights: Right[] | null;
  comment: string | null;
}

export const sequenceName = (sequence: Pick<OwnedSequence, 'schema' | 'name'>): string =>
  `${quoteIdent(sequence.schema)}.${quoteIdent(sequence.name)}`;

/** Sequences that belong to columns of a table, in the columns' order. */
export function ownedSequences(session: ReadSession, oid: string): Promise<OwnedSequence[]> {
  return session.query<OwnedSequence>(
    `select c.oid::text as oid, n.nspname::text as schema, c.relname::text as name, a.attname::text as column, d.deptype = 'i' as identity,
       s.seqstart::text as start, s.seqincrement::text as increment, s.seqmin::text as min, s.seqmax::text as max,
       s.seqcache::text as cache, s.seqcycle as cycle, pg_get_userbyid(c.relowner)::text as owner,
       ${rightsOf('c.relacl')} as rights, obj_description(c.oid, 'pg_class') as comment
     from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S'
     join pg_namespace n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid
     join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
     where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
       and d.refobjid = $1::oid and d.refobjsubid > 0 and d.deptype in ('a', 'i')
     order by d.refobjsubid, 1, 2`,
    [oid],
  );
}

/** Other sequences that the defaults of the table's columns of these names draw from. */
export async function sharedSequences(
  session: ReadSession,
  oid: string,
  columns: readonly string[],
): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select distinct n.nspname || '.' || c.relname as name
       from pg_attrdef f join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
       join pg_class c on d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid and c.relkind = 'S'
       join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = f.adrelid and a.attnum = f.adnum and a.attname = any($2)
      where f.adrelid = $1::oid and not exists (
        select from pg_depend own where own.classid = 'pg_class'::regclass and own.objid = c.oid
          and own.refclassid = 'pg_class'::regclass and own.refobjid = $1::oid and own.deptype in ('a', 'i'))
      order by 1`,
    [oid, columns],
  );
  return rows.map(({ name }) => name);
}

/** What follows ADD GENERATED … AS IDENTITY, so that the sequence has its old name and numbers. */
export function identityOptions(sequence: OwnedSequence): string {
  return `(sequence name ${sequenceName(sequence)} start with ${sequence.start} increment by ${sequence.increment} minvalue ${
    sequence.min
  } maxvalue ${sequence.max} cache ${sequence.cache} ${sequence.cycle ? 'cycle' : 'no cycle'})`;
}

/** Statements that give a new identity sequence what the old one had besides its numbers. */
export function sequenceExtras(sequence: OwnedSequence): string[] {
  const name = sequenceName(sequence);
  const extras = grantStatements(`sequence ${name}`, sequence.owner, sequence.rights);
  if (sequence.comment !== null)
    extras.push(`comment on sequence ${name} is ${quoteLiteral(sequence.comment)}`);
  return extras;
}
