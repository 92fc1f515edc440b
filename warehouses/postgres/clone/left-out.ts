import { FIRST_USER_OID, notOfExtension } from '../fingerprint/fragments';
import { isHarmless } from './before';
import type { LeftOut } from './definition';
import { list, SAFE_LANGUAGES } from './reader';

const REACHES_OUT = 'it could reach out of the shadow';

/** Of each class that is not made: a query for labels (as the fingerprint's class and identity) and reasons. */
const CLASSES: readonly string[] = [
  `select 'function ' || p.oid::regprocedure as label, 'is written in ' || l.lanname || ': ${REACHES_OUT}' as reason
   from pg_proc p join nsp on nsp.oid = p.pronamespace join pg_language l on l.oid = p.prolang
   where p.prokind <> 'a' and l.lanname not in (${list(SAFE_LANGUAGES)}) and ${notOfExtension('pg_proc', 'p.oid')}
     -- The constructors of a range come with it.
     and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i')`,
  `select 'function ' || p.oid::regprocedure, 'acts with the rights of ' || pg_get_userbyid(p.proowner)
     || ' (SECURITY DEFINER); in the shadow it acts with the rehearsal''s'
   from pg_proc p join nsp on nsp.oid = p.pronamespace join pg_language l on l.oid = p.prolang
   where p.prosecdef and l.lanname in (${list(SAFE_LANGUAGES)}) and pg_get_userbyid(p.proowner) <> $1
     and ${notOfExtension('pg_proc', 'p.oid')}`,
  `select 'extension ' || quote_ident(e.extname), '${REACHES_OUT}' from pg_extension e
   where e.extname <> 'plpgsql' and not ${isHarmless}`,
  `select 'type ' || nsp.name || '.' || quote_ident(t.typname), 'is a base type of its own: its functions are machine code'
   from pg_type t join nsp on nsp.oid = t.typnamespace where (t.typtype = 'b' or not t.typisdefined)
     and not exists (select from pg_type e where e.typarray = t.oid) and ${notOfExtension('pg_type', 't.oid')}`,
  `select 'event trigger ' || quote_ident(evtname), 'it would act on the rehearsal itself' from pg_event_trigger`,
  `select 'foreign data wrapper ' || quote_ident(fdwname), '${REACHES_OUT}' from pg_foreign_data_wrapper w
   where ${notOfExtension('pg_foreign_data_wrapper', 'w.oid')}`,
  `select 'foreign server ' || quote_ident(srvname), '${REACHES_OUT}' from pg_foreign_server`,
  `select 'foreign table ' || c.oid::regclass, '${REACHES_OUT}' from pg_class c
   where c.relkind = 'f' and ${notOfExtension('pg_class', 'c.oid')}`,
  `select 'language ' || quote_ident(lanname), '${REACHES_OUT}' from pg_language l
   where l.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_language', 'l.oid')}`,
  `select 'access method ' || quote_ident(amname), 'its handler is machine code' from pg_am a
   where a.oid >= ${FIRST_USER_OID} and ${notOfExtension('pg_am', 'a.oid')}`,
  `select 'operator class ' || nsp.name || '.' || quote_ident(o.opcname), 'operator classes are not copied'
   from pg_opclass o join nsp on nsp.oid = o.opcnamespace where ${notOfExtension('pg_opclass', 'o.oid')}`,
  `select 'transform for ' || t.trftype::regtype, 'transforms are not copied' from pg_transform t
   where ${notOfExtension('pg_transform', 't.oid')}`,
  `select 'conversion ' || nsp.name || '.' || quote_ident(c.conname), 'conversions are machine code'
   from pg_conversion c join nsp on nsp.oid = c.connamespace where ${notOfExtension('pg_conversion', 'c.oid')}`,
  `select 'text search parser ' || nsp.name || '.' || quote_ident(p.prsname), 'text search parsers are machine code'
   from pg_ts_parser p join nsp on nsp.oid = p.prsnamespace where ${notOfExtension('pg_ts_parser', 'p.oid')}`,
  `select 'text search template ' || nsp.name || '.' || quote_ident(t.tmplname), 'text search templates are machine code'
   from pg_ts_template t join nsp on nsp.oid = t.tmplnamespace where ${notOfExtension('pg_ts_template', 't.oid')}`,
];

/** Needs the common tables; gives rows of `LeftOut`. */
export const LEFT_OUT_SQL = CLASSES.join('\n union all ');

export const describeLeftOut = ({ label, reason }: LeftOut): string =>
  `${label} is not in the shadow: ${reason}`;
