import { scrub } from '../../../governance/redact';
import { withoutSecrets } from '../../../governance/secret-shapes';
import type { Memory } from '../../../store/knowledge/memory';
import { nameAsData } from '../mask/names';

/** Characters of a reason that are shown. */
const REASON = 400;

/**
 * A decision as a model is shown it. The reason is the words of somebody whose decision counted, no text that came with
 * data: it is given as data all the same, without secrets, controls and line breaks.
 */
export function memoryAsData({ id, kind, goal, relations, text, at }: Memory): object {
  const reason = withoutSecrets(scrub(text)).replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
  return {
    id: `memory:${id}`,
    decision: kind,
    goal: nameAsData(goal),
    about: relations.slice(0, 10).map((name) => nameAsData(name, 130)),
    ...(reason === ''
      ? {}
      : {
          [kind === 'edited' ? 'changed' : 'reason']:
            reason.length > REASON ? `${reason.slice(0, REASON)}…` : reason,
        }),
    at: at.toISOString().slice(0, 10),
  };
}
