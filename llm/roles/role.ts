/**
 * A specialist is data: a file `llm/roles/NAME.yaml` with these keys (`instructions` is a Markdown text). One agent loop runs
 * them all. Adding a kind of step is adding its capability (whose zod schema becomes the model's) and naming the kind in
 * the role file that knows it.
 */
export interface Role {
  name: string;
  /** One line: when the planner consults it. */
  summary: string;
  /** Which of the configured models. */
  model: 'large' | 'small';
  effort?: 'low' | 'medium' | 'high';
  /** Names of reading tools (activities/ask/tools). Empty: a call without tools, which may be shown untrusted text. */
  tools: string[];
  /** Kinds of step it knows; the union over all roles is what a model may use. */
  kinds: string[];
  /** Name of its typed output's schema (activities/ask/outputs). */
  output: string;
  /** Model calls at most. */
  maxCalls: number;
  /** The system prompt, Markdown. */
  instructions: string;
  /** SHA-256 of the file: part of every request's key. */
  version: string;
}
