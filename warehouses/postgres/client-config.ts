import type { ClientConfig } from 'pg';
import type { Target } from './options';
import { startupOptions } from './settings';
import { VALUE_TYPES } from './types';

const CONNECT_TIMEOUT_MS = 10_000;

/** What every connection of Sluice to a warehouse is opened with: one role, one database, the pinned settings. */
export function clientConfig({
  host,
  port,
  database,
  login,
  ssl = 'disable',
  searchPath,
}: Target): ClientConfig {
  return {
    host,
    port,
    database,
    user: login.user,
    // A function keeps the driver from looking at PGPASSWORD and ~/.pgpass when the password is empty.
    password: () => login.password,
    ssl: ssl === 'disable' ? false : { rejectUnauthorized: ssl === 'verify-full' },
    options: startupOptions(undefined, searchPath),
    application_name: 'sluice',
    types: VALUE_TYPES,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  };
}
