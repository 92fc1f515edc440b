/**
 * How heavy work is, and so on which task queue it waits: `light` are workflows, looks, store rows and decisions;
 * `heavy` are loads, applies, undos and rehearsals; `llm` are calls of a model, bound by another's rate.
 */
export const WEIGHTS = ['light', 'heavy', 'llm'] as const;
export type Weight = (typeof WEIGHTS)[number];

/** Task queues for what a run must not wait behind; absent where one worker queue serves everything. */
export interface Queues {
  heavy: string;
  llm: string;
}

/** The name of a queue: runs are started on the base name itself, `sluice`; the others are `sluice-heavy`, … */
export function queueName(base: string, weight: Weight): string {
  return weight === 'light' ? base : `${base}-${weight}`;
}

export function queuesBeside(base: string): Queues {
  return { heavy: queueName(base, 'heavy'), llm: queueName(base, 'llm') };
}
