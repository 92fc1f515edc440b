import type { RelationName } from '../../schemas/change';
import type { ReadSession } from '../../warehouses/warehouse';

/** What the ledger knows about a relation: the loads that are still in it. */
export interface History {
  /** Id of the newest load; null: nothing was loaded. */
  newest: string | null;
  /** Files that are in it, by name in the ledger. */
  files: Map<string, LoadedFile[]>;
  /** Files of the newest load, when that replaced everything. */
  replaced: LoadedFile[] | undefined;
  /** The relation was created by a load that stands. */
  madeHere: boolean;
  cursors: { column: string; source: string; after: string }[];
  /** Which steps loaded what is in it, newest first, and from which source by a cursor. */
  loads: { goal: string; step: string; source?: string }[];
}

export interface LoadedFile {
  path: string;
  size: number;
  sha256: string;
  /** SHA-256 hex of what is in it, decompressed. */
  content: string;
}

export const NO_HISTORY: History = {
  newest: null,
  files: new Map(),
  replaced: undefined,
  madeHere: false,
  cursors: [],
  loads: [],
};

/** Loads of the relation that are not undone, from the newest that replaced everything. Newest first. */
export async function readHistory(live: ReadSession, relation: RelationName): Promise<History> {
  const ledger = await live.query<{ there: boolean }>(
    `select to_regclass('sluice.load') is not null as there`,
  );
  if (!ledger[0]?.there) return NO_HISTORY;
  const loads = await live.query<LoadRow>(
    `select l.load_id, l.mode, l.cursor, l.goal, l.step
       from sluice.load l
      where l.relation = $1 and not l.undone
        and l.loaded_at >= coalesce((select max(r.loaded_at) from sluice.load r
                                      where r.relation = $1 and not r.undone and r.mode = 'replace'), '-infinity')
      order by l.loaded_at desc, l.load_id`,
    [relation],
  );
  const created = await live.query(
    `select 1 from sluice.load l join sluice.change c on c.change_id = l.load_id
      where l.relation = $1 and not l.undone and c.applied->'detail'->>'created' = $1 limit 1`,
    [relation],
  );
  const files = await live.query<LoadedFile & { load_id: string }>(
    `select load_id, path, size::float8 as size, sha256, coalesce(to_jsonb(f) ->> 'content_sha256', sha256) as content from sluice.load_file f where load_id = any($1) order by path`,
    [loads.map((load) => load.load_id)],
  );
  const newest = loads[0];
  return {
    newest: newest?.load_id ?? null,
    files: grouped(files),
    replaced:
      newest?.mode === 'replace' ? files.filter((file) => file.load_id === newest.load_id) : undefined,
    madeHere: created.length > 0,
    cursors: loads.flatMap((load) => (load.cursor ? [load.cursor] : [])),
    loads: loads.map(({ goal, step, cursor }) => ({ goal, step, ...(cursor && { source: cursor.source }) })),
  };
}

interface LoadRow {
  load_id: string;
  mode: string;
  goal: string;
  step: string;
  cursor: { column: string; source: string; after: string } | null;
}

function grouped(files: readonly LoadedFile[]): Map<string, LoadedFile[]> {
  const map = new Map<string, LoadedFile[]>();
  for (const { path, size, sha256, content } of files) {
    const entry = map.get(path) ?? [];
    entry.push({ path, size, sha256, content });
    map.set(path, entry);
  }
  return map;
}

/** Where the newest load of this source by this column ended. */
export function cursorAfter(history: History, column: string, source: string): string | undefined {
  return history.cursors.find((cursor) => cursor.column === column && cursor.source === source)?.after;
}

/** How a file is called in the ledger: its path, with its connection where it has one. */
export function fileLabel(file: { path: string; connection?: string }): string {
  return file.connection === undefined ? file.path : `${file.connection}:${file.path}`;
}
