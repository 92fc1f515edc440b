import { DefaultFailureConverter } from '@temporalio/common';

/**
 * A worker with encryption replaces the last word by `coded` when it loads this code (workers/encoded-failures.ts):
 * messages and stack traces then become payloads, which it encrypts. Workflow code itself knows no configuration.
 */
const FAILURES: string = 'sluice:failures=plain';

export const failureConverter = new DefaultFailureConverter({
  encodeCommonAttributes: FAILURES.endsWith('coded'),
});
