import type { ColumnType, Generated } from 'kysely';
import type { AskDocument, AskEvent, AskStatus, Budget, CallInput } from '../../schemas/ask';

/** How far a call of a model is known to have come; migration 10 says what each means. */
export type CallState = 'sent' | 'answered' | 'failed' | 'unknown' | 'cached';

/** More budget for one ask, by the id of the grant. */
export type Granted = Record<string, Budget & { by: string }>;

export interface AskTables {
  ask: {
    ask_id: string;
    status: AskStatus;
    asked_by: string;
    input: string;
    words: string;
    previous: string | null;
    granted: ColumnType<Granted, string | undefined, string>;
    conversation: string | null;
    bundle: string | null;
    document: ColumnType<AskDocument | null, string | null, string | null>;
    started_at: Generated<Date>;
    updated_at: Generated<Date>;
  };
  ask_event: {
    ask_id: string;
    seq: number;
    agent: string;
    kind: AskEvent['kind'];
    text: string;
    key: string;
    at: Generated<Date>;
  };
  /** `bigint` and `numeric` come as text. */
  llm_call: {
    id: Generated<string>;
    key: string;
    request: string;
    ask_id: string;
    agent: string;
    role: string;
    nth: number;
    purpose: CallInput['purpose'];
    model: string;
    attempt: number;
    state: CallState;
    answer: string | null;
    stop: string | null;
    code: string | null;
    input_tokens: ColumnType<string, number | undefined, number>;
    cache_write_tokens: ColumnType<string, number | undefined, number>;
    cache_read_tokens: ColumnType<string, number | undefined, number>;
    output_tokens: ColumnType<string, number | undefined, number>;
    money: ColumnType<string, number | undefined, number>;
    ms: ColumnType<number, number | undefined, number>;
    first_ms: number | null;
    conversation: ColumnType<string | null, string | undefined, string | null>;
    sent_at: Generated<Date>;
    ended_at: Date | null;
  };
  tool_call: {
    key: string;
    ask_id: string;
    agent: string;
    name: string;
    done: ColumnType<unknown, string, never>;
    ms: number;
    at: Generated<Date>;
  };
}
