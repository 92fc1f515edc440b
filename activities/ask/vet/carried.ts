import { knownRelations } from '../../../capabilities/lineage/catalogue';
import { splitKey } from '../../../lineage/columns/flow';
import { queryLineage } from '../../../lineage/columns/query';
import { Uncertain } from '../../../lineage/columns/scope';
import type { Beyond } from '../../../schemas/ask';
import type { RelationName } from '../../../schemas/change';
import type { Step } from '../../../schemas/goal';
import { relationsIn, type ParsedStatement } from '../../../sql/parse';
import type { ReadSession } from '../../../warehouses/warehouse';
import { columnAt, withoutCounting } from '../mask/flows';
import type { MaskedRelation } from '../mask/columns';
import type { Asking } from './scope';
import { meaning, names, share, tokensOf, type Words } from './words';

/** A hidden column whose values a step would write to where they are not hidden by their name. */
export interface Carried {
  step: string;
  relation: RelationName;
  column: string;
  /** What the result calls it; undefined where that could not be told. */
  as?: string;
}

/** Hidden columns that go into the result of a query: as they are or in other words, but not how many, how much or whether. */
export async function carriedBy(
  session: ReadSession,
  step: Step,
  statement: ParsedStatement,
  columns: readonly { name: string; type: string }[],
  relations: ReadonlyMap<RelationName, MaskedRelation>,
): Promise<Carried[]> {
  const all = [...relations.values()].flatMap(({ relation, columns: each }) =>
    each.filter(({ sensitive }) => sensitive).map(({ name }) => ({ step: step.id, relation, column: name })),
  );
  if (all.length === 0) return [];
  const { reads, functions } = relationsIn(statement);
  try {
    const flows = queryLineage(
      withoutCounting(statement.node),
      await knownRelations(session, reads, functions),
    );
    return flows.columns.flatMap(({ flow }, at) =>
      [...flow.direct].flatMap(([key, how]): Carried[] => {
        const hidden = columnAt(relations, key)?.sensitive !== undefined;
        const sum = how === 'AGGREGATION' && isNumber(columns[at]?.type ?? '');
        return hidden && !sum ? [{ step: step.id, ...splitKey(key), as: columns[at]?.name ?? '' }] : [];
      }),
    );
  } catch (cause) {
    if (!(cause instanceof Uncertain)) throw cause;
    return all;
  }
}

const isNumber = (type: string): boolean =>
  /^(smallint|integer|bigint|numeric|real|double|money|boolean)/.test(type);

const WHOLE =
  /\b(cop(y|ies|ied)|whole|complete(ly)?|everything|backup|back up|mirror|snapshot|sync|replicat\w*|all (the |its |their )?(columns|fields|data|details|information)|full|clean\w*|dedup\w*|duplicates?|rows? per|versions?|contacts?|details|personal|profile|who|people|persons?|kopie\w*|kopier\w*|alle spalten|kontakt\w*|copie\w*|coordonnees|copia\w*|contacto\w*)\b/u;

/** What somebody is called, where they are spoken of: "the ten best customers". */
const isName = (column: string): boolean =>
  /(^|_)(names?|surname|nachname|vorname|(first|last|full)name)$/i.test(column);

/** Values of people go where somebody asked for them: by the column, or for the whole of the table. */
export function carriedBeyond(
  carries: readonly Carried[],
  fresh: readonly Step[],
  words: Words,
  base: Asking['base'],
): Beyond[] {
  const steps = new Set(fresh.map(({ id }) => id));
  return carries
    .filter(({ step }) => steps.has(step))
    .filter(({ column }) => !meaning(column).some((part) => share(words, part) === 1))
    .filter(
      ({ relation, column }) => !(names(words, relation) && (WHOLE.test(words.prose) || isName(column))),
    )
    .filter(({ step, column }) => !wroteBefore(base, step, column))
    .map(({ step, relation, column, as }) => ({
      what: 'classification',
      name: `${relation}.${column}`,
      step,
      reason: `it would write what ${relation}.${column} holds${as === undefined || as === column ? '' : ` as ${as}`}, which is hidden from models, and the words do not speak of it`,
    }));
}

/** A step of a goal under recovery that had the column, perhaps by a name that was a little different. */
function wroteBefore(base: Asking['base'], step: string, column: string): boolean {
  const input = base?.goal.steps.find(({ id }) => id === step)?.input as { file?: string } | undefined;
  if (!base || !input) return false;
  return tokensOf(`${JSON.stringify(input)} ${base.files[input.file ?? ''] ?? ''}`).some(
    (token) =>
      token.length >= 4 && (column.toLowerCase().includes(token) || token.includes(column.toLowerCase())),
  );
}
