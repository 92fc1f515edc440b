/** What kind of ask a task is; the report counts by it. */
export const KINDS = [
  'load',
  'model',
  'check',
  'schedule',
  'change',
  'question',
  'ambiguous',
  'impossible',
  'forbidden',
  'injection',
  'language',
  'hints',
] as const;
export type Kind = (typeof KINDS)[number];

export type GoalDocument = {
  goal: string;
  steps: Record<string, unknown>[];
  schedule?: Record<string, unknown>;
} & Record<string, unknown>;

/** What must be true after a goal was applied; looked at by execution, never by reading the goal's SQL. */
export interface Outcome {
  /** Relations that may change or appear; the rows and structure of all others must be as they were. */
  writes: string[];
  /** Two queries that must give the same rows, each as often: what was made, and an independent way to it. */
  rows?: { got: string; want: string }[];
  /** Unique and without nulls. */
  keys?: { relation: string; columns: string[] }[];
  /** What is wrong with the document as such (a schedule, a severity): one sentence each. */
  document?: (document: GoalDocument) => string[];
  /** The goal is run again after this SQL broke the data: then it must not succeed. `restore` mends the data. */
  catches?: { breaking: string; restore: string }[];
  /** The goal is run again after these files came or changed; then `rows` are compared. */
  again?: { files: Record<string, string>; rows: { got: string; want: string }[] };
  /** Decisions that the gate must ask for: destructive changes need their relations confirmed. */
  confirms?: string[];
}

/** A way to get it wrong; the outcome's checks must see it. */
export interface Mutation {
  name: string;
  change: (document: GoalDocument) => void;
}

interface Common {
  id: string;
  kind: Kind;
  /** What the person says. */
  words: string;
  /** Relations that an answerer would look at first: the recorded answers do. */
  looks?: string[];
}

/** Ends with a goal. With `asks`, only after a question was answered. */
export interface GoalTask extends Common {
  ends: 'goal';
  reference: GoalDocument;
  outcome: Outcome;
  mutations: Mutation[];
  asks?: { question: string; why: string; options: string[]; about: RegExp; answer: string };
}

/** Ends with a plain answer that has these facts in it. */
export interface AnswerTask extends Common {
  ends: 'answer';
  /** Each row's values must stand in the answer. */
  facts: string;
  reference: (facts: string[]) => string;
  mutations: { name: string; change: (facts: string[]) => string[] }[];
}

/** Ends without anything: what was asked cannot or must not be done. */
export interface DeclineTask extends Common {
  ends: 'declined';
  reason: string;
  missing: string[];
  /** What a person must be told. */
  about: RegExp;
}

/** Ends with an open question, nobody being there to answer. */
export interface QuestionTask extends Common {
  ends: 'question';
  question: string;
  why: string;
  options: string[];
  about: RegExp;
}

export type Task = GoalTask | AnswerTask | DeclineTask | QuestionTask;

/** A copy of a document, changed. */
export function mutated(document: GoalDocument, { change }: Mutation): GoalDocument {
  const copy = structuredClone(document);
  change(copy);
  return copy;
}

/** The input of a step, to be changed in place. */
export function inputOf(document: GoalDocument, id: string): Record<string, unknown> {
  const step = document.steps.find((one) => one.id === id);
  const kind = ['ingest', 'sql', 'model', 'check'].find((one) => step?.[one] !== undefined);
  if (!step || !kind) throw new Error(`the reference has no step ${id}`);
  return step[kind] as Record<string, unknown>;
}

/** A mutation of the SQL of a step; the text that is replaced must be there. */
export function sqlMutation(name: string, id: string, from: string | RegExp, to: string): Mutation {
  return {
    name,
    change: (document) => {
      const input = inputOf(document, id);
      const key = input.sql === undefined ? 'statements' : 'sql';
      const before = input[key] as string;
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${name}: ${String(from)} is not in the SQL of ${id}`);
      input[key] = after;
    },
  };
}

/** A mutation of a step's input. */
export function inputMutation(
  name: string,
  id: string,
  change: (input: Record<string, unknown>) => void,
): Mutation {
  return { name, change: (document) => change(inputOf(document, id)) };
}
