/** The workflows of a worker. Their names are the types that Temporal's own tools start: `goal`, `undo`, `watchFiles`, `backfill`, `ask`, `agent`. */
export { goal } from './goal';
export { undo } from './undo';
export { watchFiles } from './watch-files';
export { backfill } from './backfill';
export { ask } from './ask';
export { agent } from './agent';
import './versioning';
