/** What a call of a model left its agent with: kept as long as the ask, and forgotten with it. */
export const CALL_CONVERSATIONS = `
-- Artifact: the conversation with the answer in it; null: of before, or there was no answer.
alter table llm_call add column conversation text;`;
