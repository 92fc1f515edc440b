/**
 * The settings every session of Sluice starts with, whatever the server, database or role say. They decide how
 * values are read and written, so they are part of a proposal's digest.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  // pg_catalog is searched first because it is not named, pg_temp last because it is: neither an object of `public`
  // nor a temporary one can take the place of a system one. An unqualified name is made in `public`.
  search_path: 'public, pg_temp',
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  timezone_abbreviations: 'Default',
  xmloption: 'content',
  xmlbinary: 'base64',
  standard_conforming_strings: 'on',
  backslash_quote: 'off',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  array_nulls: 'on',
  // A part is never taken for the whole: where row security would hide rows, PostgreSQL refuses instead of filtering.
  row_security: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  check_function_bodies: 'on',
  default_tablespace: '',
  temp_tablespaces: '',
  default_table_access_method: 'heap',
  default_toast_compression: 'pglz',
  client_min_messages: 'warning',
};

/** A search path on which there is nothing but what PostgreSQL itself brings. */
export const SYSTEM_ONLY = 'pg_catalog, pg_temp';

/** Pinned as well, but no part of a digest: they say nothing of values, and whoever begins a transaction sets them anew. */
const UNDISTURBED: Readonly<Record<string, string>> = {
  role: 'none',
  default_transaction_read_only: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/**
 * Settings that not every supported version has: a startup packet that names one would not be let in. Set for the
 * session where the server knows them.
 */
export const LATER_SETTINGS: Readonly<Record<string, string>> = {
  transaction_timeout: '0', // 17
  restrict_nonsystem_relation_kind: '', // the minor versions of August 2024
};

/** One statement that sets {@link LATER_SETTINGS}; after `DISCARD ALL` it has to run again. */
export const SET_LATER_SETTINGS = Object.entries(LATER_SETTINGS)
  .map(
    ([name, value]) => `select pg_catalog.set_config('${name}', '${value}', false)
      where pg_catalog.current_setting('${name}', true) is not null`,
  )
  .join(' union all ');

/**
 * The settings as libpq's `options` of a startup packet: they win over `ALTER ROLE … SET` and `ALTER DATABASE … SET`,
 * and `DISCARD ALL` brings them back. Source: PostgreSQL manual, 54.2.1 and 19.1.3 "via the shell".
 */
export function startupOptions(
  settings: Readonly<Record<string, string>> = { ...SESSION_SETTINGS, ...UNDISTURBED },
  searchPath?: string,
): string {
  const all: Record<string, string> = { ...settings };
  if (searchPath !== undefined) all['search_path'] = searchPath;
  return Object.entries(all)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');
}
