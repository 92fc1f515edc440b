import type { Bundle } from '../../../activities/services';
import type { RelationName } from '../../../schemas/change';
import { readRelation } from '../../../sql/quote';
import { parseSql, relationsIn } from '../../../sql/parse';

interface Input {
  into?: string;
  name?: string;
  sql?: string;
  statements?: string;
  file?: string;
}

/** The relations that a goal names, read or written, sorted. SQL that cannot be read yet (a parameter) names none. */
export async function relationsOf({ goal, files }: Bundle): Promise<RelationName[]> {
  const found = new Set<RelationName>();
  for (const { kind, input } of goal.steps) {
    const { into, name, sql, statements, file } = input as Input;
    if (into !== undefined) found.add(readRelation(into));
    if (kind === 'model' && name !== undefined) found.add(readRelation(name));
    const text = sql ?? statements ?? (file === undefined ? undefined : files[file]);
    if (text === undefined) continue;
    // `:name` is a value of the goal's; any value will do to see what a statement names.
    const parsed = await parseSql(text.replace(/(?<![:\w]):[a-z_]\w*/gi, 'null')).catch(() => []);
    for (const { reads, writes } of parsed.map((statement) => relationsIn(statement)))
      for (const relation of [...reads, ...writes]) found.add(relation);
  }
  return [...found].sort();
}
