import { quoteLiteral } from '../../../sql/quote';
import type { ReadSession } from '../../warehouse';

/** What a copy of a database must have in common with it besides its objects. */
export interface Origin {
  /** Options of CREATE DATABASE: encoding and locale decide how text is ordered and compared. */
  locale: string;
  /** The writing role owns the database, and with it may do what its owner may. */
  owned: boolean;
  mayCreate: boolean;
  /** `server_version_num`; a shadow on another version is not the same engine. */
  version: number;
}

interface Row {
  database: Record<string, string | null> & { datlocprovider: string };
  encoding: string;
  owned: boolean;
  may_create: boolean;
  version: number;
}

/** Reads it from the session's database; `writer` is the role that a rehearsal stands in for. */
export async function readOrigin(session: ReadSession, writer: string): Promise<Origin> {
  const [row] = await session.query<Row>(
    `select to_jsonb(d) as database, pg_catalog.pg_encoding_to_char(d.encoding) as encoding,
       pg_catalog.pg_get_userbyid(d.datdba) = $1 as owned,
       pg_catalog.has_database_privilege($1, d.oid, 'CREATE') as may_create,
       pg_catalog.current_setting('server_version_num')::int as version
     from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
    [writer],
  );
  const { database, encoding, owned, may_create, version } = row!;
  return { locale: localeOptions(database, encoding), owned, mayCreate: may_create, version };
}

function localeOptions(database: Row['database'], encoding: string): string {
  // Called daticulocale before version 17.
  const locale = database.datlocale ?? database.daticulocale;
  const options: [string, string | null | undefined][] = [
    ['encoding', encoding],
    ['lc_collate', database.datcollate],
    ['lc_ctype', database.datctype],
  ];
  if (database.datlocprovider === 'i') {
    options.push(['locale_provider', 'icu'], ['icu_locale', locale], ['icu_rules', database.daticurules]);
  } else if (database.datlocprovider === 'b') {
    options.push(['locale_provider', 'builtin'], ['builtin_locale', locale]);
  }
  return options
    .filter((option): option is [string, string] => typeof option[1] === 'string')
    .map(([name, value]) => `${name} = ${quoteLiteral(value)}`)
    .join(' ');
}
