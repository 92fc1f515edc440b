import { withCatalogueSettings } from '../../../warehouses/postgres/catalogue-settings';
import type { Action, ActionKind, ActionOf } from '../action';
import type { Plan, Planner, Planning } from '../plan';
import { planAlterObject } from '../define/alter';
import {
  planCreateObject,
  planDropObject,
  planRefresh,
  planRenameObject,
  planSetting,
} from '../define/objects';
import { planAddColumn } from './add-column';
import { planDropNotNull, planSetDefault, planSetNotNull } from './column-flags';
import { planAddConstraint, planDropConstraint } from './constraints';
import { planDropColumn } from './drop-column';
import { planAlterTypeUnderViews } from './lifted-views';
import { planCreateIndex, planDropIndex } from './indexes';
import { planAttachPartition, planDetachPartition } from './partitions';
import { planRenameColumn, planRenameConstraint, planRenameRelation } from './rename';
import { planRows } from './rows';
import { planCreateSchema, planDropSchema, planRenameSchema } from './schemas';
import { planCreateTable, planDropTable } from './tables';
import { planTruncate } from './truncate';
import { planCreateView, planDropView } from './views';

const PLANNERS: { [Kind in ActionKind]: Planner<ActionOf<Kind>> } = {
  'create schema': planCreateSchema,
  'drop schema': planDropSchema,
  'rename schema': planRenameSchema,
  'create table': planCreateTable,
  'drop table': planDropTable,
  'rename relation': planRenameRelation,
  'rename column': planRenameColumn,
  'rename constraint': planRenameConstraint,
  'add column': planAddColumn,
  'drop column': planDropColumn,
  'alter type': planAlterTypeUnderViews,
  'set default': planSetDefault,
  'set not null': planSetNotNull,
  'drop not null': planDropNotNull,
  'add constraint': planAddConstraint,
  'drop constraint': planDropConstraint,
  'attach partition': planAttachPartition,
  'detach partition': planDetachPartition,
  'create index': planCreateIndex,
  'drop index': planDropIndex,
  'create view': planCreateView,
  'drop view': planDropView,
  insert: planRows,
  update: planRows,
  delete: planRows,
  merge: planRows,
  truncate: planTruncate,
  'alter object': planAlterObject,
  'create object': planCreateObject,
  'drop object': planDropObject,
  'rename object': planRenameObject,
  refresh: planRefresh,
  setting: planSetting,
};

/**
 * How an action is done and taken back, from the catalogue as it is now. Throws `target_mismatch` when what it is
 * about is not there or is not what it must be.
 */
export async function planAction(action: Action, at: Planning): Promise<Plan> {
  const planner = PLANNERS[action.kind] as Planner<Action>;
  const plan = await withCatalogueSettings(at.session, () => planner(action, at));
  return {
    ...plan,
    undo: (after) => (after ? withCatalogueSettings(after, () => plan.undo(after)) : plan.undo()),
  };
}
