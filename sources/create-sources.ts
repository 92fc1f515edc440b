import path from 'node:path';
import { fail } from '../schemas/errors';
import { listFiles } from './files/list';
import { hashFile, openFile, type Allowance } from './files/open';
import { sourceDatabase } from './postgres/select';
import type { SourceDatabase, Sources, SourceSession } from './sources';

export interface SourcesOptions {
  /** Absolute: root of files for steps that name no connection. */
  root: string;
  /** Roots of `files` connections by name; a relative one is below `root`. */
  connections: Readonly<Record<string, string>>;
  /**
   * Opens a session of a `postgres` connection as its read role, its secret resolved at that moment.
   * Throws `not_found` or `invalid_config` for a name that is none.
   */
  openPostgres(name: string, options?: { filtered?: boolean }): Promise<SourceSession>;
  /** Serve only so many records: of the first files, and of each SELECT. */
  sample?: { rows: number };
}

/** The sources of one phase of one step: everything, or (with `sample`) what a rehearsal may see. */
export function createSources(options: SourcesOptions): Sources {
  const open = new Set<SourceDatabase>();
  const budget = options.sample && budgetOf(options.sample.rows);
  return {
    list: async (globs, connection) => listFiles(rootOf(options, connection), globs, connection),
    open: async (file, framing, more = {}) =>
      openFile(
        rootOf(options, file.connection),
        file.path,
        framing,
        more,
        budget?.(`${file.connection ?? ''}:${file.path}`),
      ),
    hash: async (file, signal) => hashFile(rootOf(options, file.connection), file.path, signal),
    postgres: async (name, more) => {
      const inner = sourceDatabase(await options.openPostgres(name, more), options.sample?.rows);
      const database: SourceDatabase = {
        ...inner,
        close: async () => {
          if (open.delete(database)) await inner.close();
        },
      };
      open.add(database);
      return database;
    },
    close: async () => {
      await Promise.all([...open].map((database) => database.close()));
    },
  };
}

/** A budget over all files, in the order in which they are first opened; opened again, a file gives what it gave. */
function budgetOf(rows: number): (file: string) => Allowance {
  let left = rows;
  const given = new Map<string, number>();
  return (file) => ({
    records: given.get(file) ?? left,
    spend: (records) => {
      if (given.has(file)) return;
      given.set(file, records);
      left -= records;
    },
  });
}

function rootOf(options: SourcesOptions, name: string | undefined): string {
  if (name === undefined) return options.root;
  const { connections } = options;
  const root = Object.hasOwn(connections, name) ? connections[name] : undefined;
  if (root !== undefined) return path.resolve(options.root, root);
  const known = Object.keys(connections).sort();
  throw fail('not_found', `There is no files connection "${name}".`, {
    next:
      known.length > 0
        ? `Use one of: ${known.join(', ')}; or declare it in sluice.config.yaml.`
        : 'Declare it under `connections` in sluice.config.yaml.',
    place: name,
  });
}
