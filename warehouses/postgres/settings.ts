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
  xmloption: 'content',
  standard_conforming_strings: 'on',
  backslash_quote: 'off',
  transform_null_equals: 'off',
  quote_all_identifiers: 'off',
  array_nulls: 'on',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  check_function_bodies: 'on',
  default_tablespace: '',
  default_table_access_method: 'heap',
  default_toast_compression: 'pglz',
  client_min_messages: 'warning',
};

/**
 * The settings as libpq's `options` of a startup packet: they win over `ALTER ROLE … SET` and `ALTER DATABASE … SET`,
 * and `DISCARD ALL` brings them back. Source: PostgreSQL manual, 54.2.1 and 19.1.3 "via the shell".
 */
export function startupOptions(settings: Readonly<Record<string, string>> = SESSION_SETTINGS): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, '\\$&')}`)
    .join(' ');
}
