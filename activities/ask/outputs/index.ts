import type { ZodType } from 'zod';
import { plannedSchema, recoveryDiagnosisSchema } from './planned';
import {
  expectationSuiteSchema,
  ingestionProposalSchema,
  proposedDdlSchema,
  proposedModelSchema,
  scheduleChangeSchema,
} from './proposals';
import { logVerdictSchema, readerFactsSchema } from './readings';
import { costVerdictSchema, governanceFindingsSchema } from './verdicts';

/** Typed outputs by the name that role files use. */
export const outputs: ReadonlyMap<string, ZodType> = new Map<string, ZodType>([
  ['planned', plannedSchema],
  ['recovery_diagnosis', recoveryDiagnosisSchema],
  ['ingestion_proposal', ingestionProposalSchema],
  ['proposed_ddl', proposedDdlSchema],
  ['proposed_model', proposedModelSchema],
  ['expectation_suite', expectationSuiteSchema],
  ['schedule_change', scheduleChangeSchema],
  ['cost_verdict', costVerdictSchema],
  ['governance_findings', governanceFindingsSchema],
  ['reader_facts', readerFactsSchema],
  ['log_verdict', logVerdictSchema],
]);

/** Outputs that hold a goal document: it is submitted by `submit_goal`, vetted as a whole and rehearsed. */
export const GOAL_OUTPUTS: ReadonlySet<string> = new Set(['planned', 'recovery_diagnosis']);
