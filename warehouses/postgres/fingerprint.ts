import type { ReadSession, StructureFingerprint } from '../warehouse';
import type { Branch } from './fingerprint/fragments';
import { branchSql, COMMON, notOfExtension } from './fingerprint/fragments';
import { OBJECT_BRANCHES } from './fingerprint/object-branches';
import { RARE_BRANCHES } from './fingerprint/rare-branches';
import { RELATION_BRANCHES } from './fingerprint/relation-branches';
import { UNCOVERED } from './fingerprint/uncovered';
import { withCatalogueSettings } from './catalogue-settings';

/** One object, or one part of one, as the fingerprint sees it. */
export interface StructureLine {
  class: string;
  identity: string;
  /** MD5 hex of the definition: enough to tell whether two are the same. */
  definition: string;
}

const BRANCHES: readonly Branch[] = [...RELATION_BRANCHES, ...OBJECT_BRANCHES, ...RARE_BRANCHES];

/** What the fingerprint covers, for people. */
export const COVERED: readonly string[] = BRANCHES.map((branch) => branch.class);

const ALL_RELATIONS = `
  rel as materialized (
    select c.*, nsp.name || '.' || quote_ident(c.relname) as name
    from pg_class c join nsp on nsp.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c') and ${notOfExtension('pg_class', 'c.oid')})`;

const LINES = `
  line as (${BRANCHES.map((branch) => branchSql(branch)).join('\n union all ')})`;

const STRUCTURE_SQL = `
  with ${COMMON}, ${ALL_RELATIONS}, ${LINES}
  select
    (select encode(sha256(convert_to(coalesce(
       string_agg(text, e'\\n' order by text collate "C"), ''), 'UTF8')), 'hex')
     from (select row(class, identity, definition)::text as text from line) as texts) as hash,
    array(${UNCOVERED}) as uncovered`;

const LINES_SQL = `
  with ${COMMON}, ${ALL_RELATIONS}, ${LINES}
  select class, identity, md5(definition) as definition from line
  order by class collate "C", identity collate "C", 3`;

/** Parameters $1 and $2 of every branch: a role of the empty name there is none. */
export const aliasOf = ({ roleAlias }: ReadSession): [string, string] => [
  roleAlias?.from ?? '',
  roleAlias?.to ?? '',
];

/**
 * The structure of a database, owners and privileges in one SHA-256: one statement, hashed in the server. Two
 * databases with the same hash have the same objects, to the names of their constraints and the order of their
 * columns. Not in it: rows, positions of sequences (see `sequences.ts`), Sluice's own schema, storage and statistics.
 */
export async function structureFingerprint(session: ReadSession): Promise<StructureFingerprint> {
  const rows = await withCatalogueSettings(session, () =>
    session.query<StructureFingerprint>(STRUCTURE_SQL, aliasOf(session)),
  );
  return rows[0]!;
}

/** The same, object by object: what `structureFingerprint` hashes. For finding what differs. */
export function structureLines(session: ReadSession): Promise<StructureLine[]> {
  return withCatalogueSettings(session, () => session.query<StructureLine>(LINES_SQL, aliasOf(session)));
}
