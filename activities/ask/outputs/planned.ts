import { z } from 'zod';
import { citationSchema, sentenceSchema, sentencesSchema } from './common';

/** The planner's answer: a goal document, and what it rests on. The document itself is checked by `vetGoal`. */
export const plannedSchema = z.strictObject({
  document: z.record(z.string(), z.unknown()),
  assumptions: sentencesSchema,
  questions: sentencesSchema,
  explanation: z.string().trim().min(1).max(4_000),
  citations: z.array(citationSchema).max(50).default([]),
});

/** What kind of thing went wrong, as far as it decides what can help. */
export const CAUSES = [
  'bad_data',
  'schema_changed',
  'source_missing',
  'bad_sql',
  'conflict',
  'permission',
  'resources',
  'outage',
  'configuration',
  'unknown',
] as const;

/** Of a run that failed: why, with evidence, and the next version of its goal. */
export const recoveryDiagnosisSchema = plannedSchema.extend({
  cause: z.string().trim().min(1).max(2_000),
  category: z.enum(CAUSES),
  /** Each a finding with where it was found: `run:ID step flights: 12 rows have a carrier of three letters`. */
  evidence: z.array(sentenceSchema).min(1, 'name at least one finding that shows the cause').max(30),
});

export type RecoveryDiagnosis = z.infer<typeof recoveryDiagnosisSchema>;
