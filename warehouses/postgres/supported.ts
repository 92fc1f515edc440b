import { fail } from '../../schemas/errors';

/** Majors of PostgreSQL that a warehouse may have. */
export const SUPPORTED = { from: 14, to: 18 } as const;

/**
 * Throws `warehouse_unsupported` for a server of another major. `version` as the server says it: `13.4`, `18.1 (Debian …)`,
 * `19beta1`.
 */
export function assertSupported(warehouse: string, version: string): void {
  const major = Number.parseInt(version, 10);
  if (major >= SUPPORTED.from && major <= SUPPORTED.to) return;
  const { from, to } = SUPPORTED;
  throw fail(
    'warehouse_unsupported',
    `${warehouse} is PostgreSQL ${version}; Sluice supports ${from} to ${to}.`,
    {
      state: 'Nothing was done there.',
      next:
        major < from
          ? `Upgrade the server to PostgreSQL ${from} or later.`
          : `Use a newer Sluice, or a server of PostgreSQL ${to} or earlier.`,
      place: `connections.${warehouse}`,
    },
  );
}
