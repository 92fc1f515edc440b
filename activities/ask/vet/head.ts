import { isObject } from '../control/arguments';

/** What of a goal's head is a person's to choose: a model's word for it counts only where they asked for it. */
const PERSONS = ['owner', 'deadline', 'warehouse'] as const;

export interface Headed {
  document: Record<string, unknown>;
  /** What was changed of what the model wrote, for the model and the record. */
  notes: string[];
}

/**
 * The document under the head that the person has fixed: what they wrote stays as they wrote it, whatever the model
 * says. Parameters and classes of data are laid over each other, theirs last.
 */
export function underHead(
  written: Record<string, unknown>,
  head: Record<string, unknown>,
  asked: (key: string, value: unknown) => boolean,
): Headed {
  const notes: string[] = [];
  const document: Record<string, unknown> = { apiVersion: 'sluice/v1', ...written };
  for (const key of PERSONS) {
    if (document[key] === undefined || Object.hasOwn(head, key) || asked(key, document[key])) continue;
    delete document[key];
    notes.push(`${key} was left out: it is the person's to choose`);
  }
  const { ask: _ask, steps: _steps, ...fixed } = head;
  for (const [key, value] of Object.entries(fixed)) {
    const mine = document[key];
    const merged =
      (key === 'params' || key === 'classification') && isObject(mine) && isObject(value)
        ? { ...mine, ...value }
        : value;
    if (mine !== undefined && JSON.stringify(mine) !== JSON.stringify(merged))
      notes.push(`${key} is fixed by the person and stays as they wrote it`);
    document[key] = merged;
  }
  return { document, notes };
}
