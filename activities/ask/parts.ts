import type { ZodType } from 'zod';
import type { AskInput, Citation } from '../../schemas/ask';
import type { Role } from '../../llm/roles/role';
import type { Tool, ToolContext } from './tools/tool';

/**
 * What the agent loop is given: who there is, what they may call and what they are told. The loop knows no role and no
 * tool by name; the real parts are put together in activities/ask/assembled.ts, tests give their own.
 */
export interface AskParts {
  readonly roles: ReadonlyMap<string, Role>;
  /** Reading tools that the role file names, then its control tools (`submit_goal`, `ask_person`, `consult`, …). */
  toolsOf(role: Role): readonly Tool[];
  /** The system prompt: the role's instructions and what holds for all. Equal for equal roles, so that it is cached. */
  systemPrompt(role: Role): string;
  /** The first user message: the words, the warehouse's structure that matters to them, knowledge and memory with sources. */
  opening(role: Role, input: AskInput, ctx: ToolContext): Promise<Opening>;
  /** What a tool-less role has to answer; a role with tools submits its output through a control tool. */
  outputOf(role: Role): ZodType;
  /** Events of an agent's history after which it goes on in a new one; default: when Temporal suggests it. */
  readonly historyAtMost?: number;
}

export interface Opening {
  text: string;
  /** What of knowledge and memory was given, so that the proposal can cite it. */
  citations: Citation[];
}
