import { readFileSync } from 'node:fs';
import type { WorkerOptions } from '@temporalio/worker';
import { fail } from '../schemas/errors';

/** Of the same length, so that positions in the code, and its source map, stay as they are. */
const PLAIN = 'sluice:failures=plain';
const CODED = 'sluice:failures=coded';

/** The workflow code with failures written as payloads, which a codec then encrypts (workflows/failure-converter.ts). */
export function withEncodedFailures(
  bundle: NonNullable<WorkerOptions['workflowBundle']>,
): NonNullable<WorkerOptions['workflowBundle']> {
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  if (!code.includes(PLAIN)) {
    throw fail('internal', 'The workflow code has no switch for encrypted failures.', {
      next: 'Build it again: npm run build.',
    });
  }
  return { ...bundle, code: code.replaceAll(PLAIN, CODED) };
}
