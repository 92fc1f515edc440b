import type { Check } from '../../schemas/change';
import type { ModelMemory } from './body';

/** What each way of publishing gives back; see `Mode`. */
export interface Published {
  checks: Check[];
  /** Rows of a table; 0 for a view. */
  rows: number;
  deleted: number;
  memory: Partial<ModelMemory>;
}
