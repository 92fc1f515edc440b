import { storedName } from '../../../sql/quote';
import type { RelationName } from '../../../schemas/change';
import type { ReadSession } from '../../warehouse';
import { withCatalogueSettings } from '../catalogue-settings';
import type { LeftOut } from '../clone/definition';
import type { Failed } from '../clone/execute';
import type { StructureLine } from '../fingerprint';
import { structureDifferences } from './differences';

export interface Compared {
  live: readonly StructureLine[];
  copy: readonly StructureLine[];
  /** What was not even tried; it is reported with its reasons elsewhere. */
  leftOut: readonly LeftOut[];
  failed: readonly Failed[];
}

/** More than so many of a kind are counted, not listed. */
const LISTED = 30;

/** What the copy has differently from the original, each thing once, with the server's reason where there is one. */
export function structureGaps({ live, copy, leftOut, failed }: Compared): string[] {
  const explained = new Set(
    leftOut.flatMap(({ label }) => [label, label.replace(/^foreign table /, 'relation ')]),
  );
  const { missing, extra, other } = structureDifferences(live, copy);
  const unexplained = (labels: readonly string[]): string[] =>
    labels.filter((label) => !explained.has(label));
  const differences = [
    ...unexplained(missing).map((label) => `${label} is not in the shadow`),
    ...unexplained(other).map((label) => `${label} is not the same in the shadow`),
    ...extra.map((label) => `${label} is only in the shadow`),
  ];
  if (differences.length === 0) return [];
  const reasons = failed.map(({ made, message }) => `${made.label} could not be made: ${message}`);
  return [...capped(reasons), ...capped(differences)];
}

function capped(items: readonly string[]): string[] {
  if (items.length <= LISTED) return [...items];
  return [...items.slice(0, LISTED), `… and ${items.length - LISTED} more`];
}

/** Classes of what belongs to a relation: their labels go on with its name. */
const PARTS =
  /^(relation|column|not null|constraint|index|view|inheritance|sequence|rule|trigger|policy|statistics|foreign table) (.*)$/s;
/** Classes that are found from what uses them. */
const USED = /^(function|type|extension|collation) /;
/** No row and no structure of a table depends on these: not on who may reach another server, or on who is sent what. */
const APART = /^(foreign data wrapper|foreign server|user mapping|language|publication|published relation) /;

/**
 * Those of the gaps that what happens to the relations can come near: what they use, what hangs on them, and what that
 * uses. A gap whose reach is not known counts as near.
 */
export async function gapsNear(
  session: ReadSession,
  gaps: readonly string[],
  relations: readonly RelationName[],
): Promise<string[]> {
  const rows = await withCatalogueSettings(session, () =>
    session.query<{ label: string }>(REACH_SQL, [relations]),
  );
  const reach = new Set(rows.map(({ label }) => label));
  return gaps.filter((gap) => {
    // The difference that it makes is a gap of its own.
    if (/ could not be made: /s.test(gap)) return false;
    // What the reach holds of those would be missing itself.
    if (gap.endsWith(' are not covered by the fingerprint')) return gap.startsWith('security labels');
    const label = /^(.*?) is (?:not (?:in|the same in)|only in) the shadow/s.exec(gap)?.[1] ?? gap;
    if (APART.test(label)) return false;
    const part = PARTS.exec(label)?.[2];
    if (part !== undefined) return [...reach].some((each) => isPartOf(part, each));
    const function_ = /^(function .*?) (?:is|acts) /s.exec(gap)?.[1] ?? label;
    return USED.test(label) ? reach.has(function_) : true;
  });
}

/** `public.t.a` and `public.t public.t_idx` are parts of `relation public.t`. */
function isPartOf(part: string, label: string): boolean {
  const name = label.startsWith('relation ') ? label.slice('relation '.length) : undefined;
  if (name === undefined || !part.startsWith(name)) return false;
  return part.length === name.length || part[name.length] === '.' || part[name.length] === ' ';
}

const REACH_SQL = `
  with recursive up (classid, objid) as (
    select 'pg_class'::regclass::oid, c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${storedName('n.nspname', 'c.relname')} = any($1)
    union
    select next.classid, next.objid from up join lateral (
      select d.classid, d.objid from pg_depend d
       where d.refclassid = up.classid and d.refobjid = up.objid and d.deptype <> 'e'
      union all
      -- A rule stands for its view.
      select d.refclassid, d.refobjid from pg_depend d
       where up.classid = 'pg_rewrite'::regclass and d.classid = up.classid and d.objid = up.objid and d.deptype = 'i') next on true
  ), reach (classid, objid) as (
    select * from up
    union
    select d.refclassid, d.refobjid from reach join pg_depend d on d.classid = reach.classid and d.objid = reach.objid
     where d.refclassid <> 'pg_namespace'::regclass)
  select distinct case classid
      when 'pg_class'::regclass then 'relation ' || objid::regclass
      when 'pg_proc'::regclass then 'function ' || objid::regprocedure
      when 'pg_type'::regclass then 'type ' || objid::regtype
      when 'pg_collation'::regclass then 'collation ' || objid::regcollation
      when 'pg_extension'::regclass then 'extension ' || (select quote_ident(extname) from pg_extension e where e.oid = objid)
    end as label
  from reach where classid in ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_type'::regclass, 'pg_collation'::regclass, 'pg_extension'::regclass)`;
