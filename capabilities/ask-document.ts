import { fail, type Fault, type SluiceError } from '../schemas/errors';
import { askDocumentSchema } from '../schemas/goal';
import { faultsOf } from './faults';
import { assertNoSecrets } from './literal-secrets';
import { bindParams, type GivenParams } from './params';

/** A goal document in plain words, checked: what is asked for, and the head as it was written. */
export interface AskedFor {
  text: string;
  /** Everything but `ask`: the person's, and no model's to change. A parameter's given value is its default. */
  head: Record<string, unknown>;
}

/** Whether a goal is to be worked out of plain words: `ask:` instead of `steps:`. */
export function isAskDocument(document: unknown): document is Record<string, unknown> {
  return (
    typeof document === 'object' &&
    document !== null &&
    !Array.isArray(document) &&
    Object.hasOwn(document, 'ask')
  );
}

/**
 * Checks a goal document that has `ask:`. Collects every fault before it throws `invalid_goal` (`literal_secret` when
 * a credential is written out).
 */
export function checkAsk(document: Record<string, unknown>, given: GivenParams = {}): AskedFor {
  assertNoSecrets(document);
  const { ask: _words, steps, ...head } = document;
  const checked = askDocumentSchema.safeParse({ ...head, ask: document.ask });
  const faults: Fault[] = [
    ...(steps === undefined ? [] : [{ path: 'ask', message: 'a goal has `steps` or an `ask`, not both' }]),
    ...(checked.success ? [] : faultsOf(checked.error)),
  ];
  if (checked.success) bindParams(checked.data.params, given, faults);
  if (faults.length > 0 || !checked.success) throw faulty(faults);
  const { ask: text, params: declared } = checked.data;
  const params = Object.fromEntries(
    Object.entries(declared).map(([name, param]) => [
      name,
      { ...param, ...(Object.hasOwn(given, name) ? { default: given[name] } : {}) },
    ]),
  );
  return { text, head: { ...head, ...(Object.keys(params).length === 0 ? {} : { params }) } };
}

/** Where steps are needed and there are only words. */
export function unplanned(document: Record<string, unknown>): SluiceError {
  const message =
    document.steps === undefined
      ? 'is in plain words: only `sluice plan` and `sluice apply` work out its steps; `sluice ask --out FILE` writes them down'
      : 'a goal has `steps` or an `ask`, not both';
  return faulty([{ path: 'ask', message }]);
}

function faulty(faults: Fault[]): SluiceError {
  const first = faults[0]!;
  const what =
    faults.length === 1
      ? `a fault at ${first.path}`
      : `${faults.length} faults; the first is at ${first.path}`;
  return fail('invalid_goal', `The goal document has ${what}: ${first.message}.`, {
    next: 'Correct the document and run the command again.',
    faults,
    place: first.path,
  });
}
