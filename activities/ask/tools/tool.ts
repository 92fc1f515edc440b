import type { ZodType } from 'zod';
import type { Bundle, Services } from '../../services';
import type { AgentRef, ToolEffect } from '../../../schemas/ask';
import type { Warehouse } from '../../../warehouses/warehouse';

/** What a reading tool works with. Nothing here can write to a warehouse. */
export interface ToolContext {
  readonly services: Services;
  readonly agent: AgentRef;
  /** Configuration, root and policy of the ask; its `goal` has only the head. */
  readonly bundle: Bundle;
  readonly warehouse: Warehouse;
  /** Artifact: the conversation in which the tool was called. */
  readonly conversation?: string;
  readonly signal: AbortSignal;
  heartbeat(): void;
}

/**
 * What a model may call. `run` reads and returns what the model is told: JSON of names, types, numbers and masked
 * values; never raw text from rows, files, logs or documents (docs/safety.md). An error of the user's making is a
 * SluiceError, which the model is told; anything else fails the activity.
 */
export interface Tool<Input = unknown> {
  readonly name: string;
  /** What it does and when to use it, for the model. */
  readonly description: string;
  readonly input: ZodType<Input>;
  run(input: Input, ctx: ToolContext): Promise<ToolAnswer>;
}

export interface ToolAnswer {
  /** At most 16 KB as JSON; more is cut, and the answer says so. */
  content: unknown;
  effect?: ToolEffect;
}
