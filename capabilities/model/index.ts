import type { Capability } from '../capability';
import { bundledQuery } from '../query/read-query';
import { applyModel } from './apply';
import type { ModelBody } from './body';
import { modelLineage } from './lineage';
import { lintModel, modelInputSchema, type ModelInput } from './input';
import { proposeModel } from './propose';
import { undoModel } from './undo';
import { verifyModel } from './verify';

/**
 * A SELECT as a table or view that is replaced as a whole: built and tested aside, then published in one commit.
 */
export const model: Capability<ModelInput, ModelBody> = {
  kind: 'model',
  summary: 'A SELECT as a table or view: built and tested aside, then published as a whole.',
  input: modelInputSchema,
  bundle: bundledQuery,
  lint: lintModel,
  propose: (input, ctx) => proposeModel(input, ctx),
  lineage: modelLineage,
  apply: applyModel,
  verify: verifyModel,
  undo: undoModel,
};
