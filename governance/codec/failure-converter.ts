import { DefaultFailureConverter } from '@temporalio/common';

/** Messages and stack traces of failures become a payload, which the codec encrypts. Loaded by its path. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
