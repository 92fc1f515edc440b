import { LineCounter, parseDocument } from 'yaml';
import { fail, type Fault, SluiceError } from '../../schemas/errors';
import { faultsOf } from '../../schemas/faults';
import { type Policy, policySchema } from '../../schemas/policy';

export const POLICY_FILE = 'sluice.policy.yaml';

/** Policies are kilobytes; the longest text that is read has so many characters. */
const MAX_TEXT = 512 * 1024;

/** A policy's text, checked. Throws `policy_invalid` with every fault. `file` is what it is called in messages. */
export function parsePolicy(text: string, file: string = POLICY_FILE): Policy {
  if (text.length > MAX_TEXT) {
    throw policyInvalid(file, [{ path: '(document)', message: `is longer than ${MAX_TEXT} characters` }]);
  }
  const lines = new LineCounter();
  let value: unknown;
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
    const faults = [...document.errors, ...document.warnings].map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      const [first = ''] = error.message.split('\n');
      return { path: '(document)', message: first, place: `${file}:${line}:${col}` };
    });
    if (faults.length > 0) throw policyInvalid(file, faults);
    value = document.toJS({ maxAliasCount: 50 });
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    // Too deep, or aliases without end.
    throw policyInvalid(file, [{ path: '(document)', message: 'cannot be read as YAML' }], cause);
  }
  return checkPolicy(value, file);
}

/** A policy's value, checked against its schema. `locate` adds places to faults. */
export function checkPolicy(
  value: unknown,
  file: string,
  locate: (faults: Fault[]) => Fault[] = (faults) => faults,
): Policy {
  const parsed = policySchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  throw policyInvalid(file, locate(faultsOf(parsed.error)));
}

export function policyInvalid(file: string, faults: Fault[], cause?: unknown): SluiceError {
  const [first] = faults;
  const what = first
    ? `; ${faults.length === 1 ? 'it is' : 'the first is'} at ${first.path}: ${first.message}`
    : '';
  return fail(
    'policy_invalid',
    `The policy ${file} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}${what}.`,
    {
      next: 'Correct it (`sluice policy check` says whether it is right). Until then nothing is allowed.',
      state: 'What cannot be evaluated is denied: nothing was applied.',
      faults,
      place: first?.place ?? file,
      cause,
    },
  );
}
