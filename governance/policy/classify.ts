import type { Classification } from '../../schemas/classification';
import type { Config } from '../../schemas/config';
import type { Goal, Step } from '../../schemas/goal';
import { fits, mayMeet } from './glob';

/** What a source is called by the step that reads it; kinds without one have none. */
interface WithSource {
  from?: { postgres?: string; table?: string; query?: string; connection?: string; files?: string[] };
}

/**
 * The classes of the data that a change touches, sorted: of the relations it reads and writes as the goal and the
 * configurations declare them, and of the source that its step loads from. Declarations only ever add.
 */
export function classesOf(
  touched: { reads: readonly string[]; writes: readonly string[]; step?: Step },
  goal: Pick<Goal, 'classification'> | undefined,
  configs: readonly Config[],
): string[] {
  const relations = [...touched.reads, ...touched.writes];
  const found = new Set<string>();
  const add = (declared: Classification | undefined, names: readonly string[], meets = covers): void => {
    for (const [glob, classes] of Object.entries(declared ?? {})) {
      if (names.some((name) => meets(glob, name))) for (const each of classes) found.add(each);
    }
  };
  add(goal?.classification, relations);
  for (const config of configs) {
    add(config.classification, relations);
    const source = sourceOf(touched.step, config);
    if (source) {
      add(source.classification, source.tables);
      // Which files there will be is not known before they are looked at.
      add(source.classification, source.files, mayMeet);
    }
  }
  return [...found].sort();
}

/** `schema.table` itself, or a column of it: whoever touches a table touches its columns. */
function covers(glob: string, relation: string): boolean {
  if (fits(glob, relation)) return true;
  const parts = glob.split('.');
  return parts.length === 3 && fits(parts.slice(0, 2).join('.'), relation);
}

function sourceOf(
  step: Step | undefined,
  config: Config,
): { classification: Classification | undefined; tables: string[]; files: string[] } | undefined {
  const from = (step?.input as WithSource | undefined)?.from;
  const connection = config.connections[from?.postgres ?? from?.connection ?? ''];
  if (!from || !connection) return undefined;
  const { classification } = connection;
  // What a query reads is not looked into: it may be everything there.
  if (from.query !== undefined)
    return { classification, tables: Object.keys(classification ?? {}), files: [] };
  const table = from.table?.includes('.') === false ? `public.${from.table}` : from.table;
  return { classification, tables: table === undefined ? [] : [table], files: from.files ?? [] };
}
