import { recognise } from '../../../capabilities/sql/recognise';
import type { Action } from '../../../capabilities/sql/action';
import { isDefinition } from '../../../capabilities/sql/define/action';
import { refuseForm } from '../../../capabilities/sql/refusals';
import { SluiceError, type Fault } from '../../../schemas/errors';
import type { Goal, ParamValue, Step } from '../../../schemas/goal';
import { bindParams, parseSingleSelect, parseSql, sqlText, type ParsedStatement } from '../../../sql/parse';
import { isObject } from '../control/arguments';

/** SQL of a step, parsed by PostgreSQL's own grammar with its parameters bound. */
export interface StepSql {
  step: Step;
  /** `steps[1].model.sql` */
  path: string;
  text: string;
  statements: ParsedStatement[];
  /** What each statement of a `sql` step does. */
  actions: Action[];
  /** A query of the warehouse itself, not of a source. */
  here: boolean;
}

/** Where SQL stands in the inputs of the kinds there are; of later kinds, every text under such a key. */
const SQL_KEYS = new Set(['sql', 'statements', 'query']);

/** All the SQL of a goal, or the faults that keep it from being read. */
export async function readSql(
  goal: Goal,
  pathOf: (step: Step) => string,
  files: Readonly<Record<string, string>>,
): Promise<{ sql: StepSql[]; faults: Fault[] }> {
  const sql: StepSql[] = [];
  const faults: Fault[] = [];
  for (const step of goal.steps) {
    faults.push(...byHand(step, pathOf(step)));
    for (const { path, text, file } of textsOf(step, files)) {
      const where = `${pathOf(step)}.${step.kind}${path}`;
      try {
        sql.push(await parsed(step, where, text, file, goal.params));
      } catch (cause) {
        if (!(cause instanceof SluiceError)) throw cause;
        faults.push(faultOf(where, cause));
      }
    }
  }
  return { sql, faults };
}

/** Statements beyond the closed set, and what takes them back, are a person's to write. */
function byHand(step: Step, path: string): Fault[] {
  if (step.kind !== 'sql') return [];
  return ['undo', 'irreversible']
    .filter((key) => key in (step.input as object))
    .map((key) => ({
      path: `${path}.sql.${key}`,
      message: `An ask does not write \`${key}\`: only a goal that a person wrote does. Leave it out, with the statements that need it, and say in the explanation that somebody has to write them.`,
    }));
}

/** What was found, and what to write instead. */
export function faultOf(path: string, { problem }: SluiceError): Fault {
  const message = problem.message.replace(/\.$/, '');
  return { path, message: `${message}. ${problem.next}`.trim() };
}

interface Text {
  path: string;
  text: string;
  file?: string;
}

function textsOf(step: Step, files: Readonly<Record<string, string>>): Text[] {
  const found: Text[] = [];
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) value.forEach((item, index) => visit(item, `${path}[${index}]`));
    if (!isObject(value)) return;
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== 'string') visit(item, `${path}.${key}`);
      else if (SQL_KEYS.has(key)) found.push({ path: `${path}.${key}`, text: item });
      else if (key === 'file' && files[item] !== undefined)
        found.push({ path: `${path}.${key}`, text: files[item], file: item });
    }
  };
  visit(step.input, '');
  return found;
}

async function parsed(
  step: Step,
  path: string,
  text: string,
  file: string | undefined,
  params: Readonly<Record<string, ParamValue>>,
): Promise<StepSql> {
  const own = (step.input as { params?: Record<string, ParamValue> }).params;
  const bound = await bindParams(sqlText(text, file), step.kind === 'check' ? { ...params, ...own } : params);
  const shared = { step, path, text: bound.text, here: !path.includes('.from.') };
  if (step.kind === 'sql') {
    const statements = await parseSql(bound);
    const actions: Action[] = [];
    for (const statement of statements) {
      const found = await recognise(statement);
      const definition = found.find(isDefinition);
      // Who may do what, and what runs by itself from then on, is a person's to write.
      if (definition) {
        throw refuseForm(
          statement,
          `An ask does not ${definition.does}: only a goal that a person wrote does.`,
          'Leave it out, and say in the explanation that somebody has to write it.',
        );
      }
      actions.push(...found);
    }
    return { ...shared, statements, actions };
  }
  return { ...shared, statements: [await parseSingleSelect(bound)], actions: [] };
}
