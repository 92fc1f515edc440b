import type { Proposed } from '../../schemas/change';
import type { ChangeLineage } from '../../schemas/lineage';
import { parseSingleSelect } from '../../sql/parse';
import type { ProposeContext } from '../capability';
import { selectLineage } from '../lineage/query-lineage';
import type { ModelBody } from './body';
import type { ModelInput } from './input';

/** Of each column of the model, which columns it is made of. */
export async function modelLineage(
  input: ModelInput,
  { body }: Proposed<ModelBody>,
  ctx: ProposeContext,
): Promise<ChangeLineage> {
  const statement = await parseSingleSelect(body.sql);
  const { inputs, output } = await selectLineage(ctx.session, statement.node, body.columns);
  const lifecycle = body.mode === 'create' ? 'CREATE' : 'OVERWRITE';
  return {
    inputs,
    outputs: [{ dataset: { kind: 'relation', name: body.relation }, lifecycle, ...output }],
    sql: body.sql,
    ...(input.file === undefined ? {} : { file: input.file }),
  };
}
