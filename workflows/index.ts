/** The workflows of a worker. Their names are the types that Temporal's own tools start: `goal`, `undo`. */
export { goal } from './goal';
export { undo } from './undo';
