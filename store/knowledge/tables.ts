import type { Generated } from 'kysely';

export const DOCUMENT_KINDS = ['document', 'runbook', 'naming', 'sla', 'dbt', 'sql'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export const MEMORY_KINDS = ['approved', 'rejected', 'edited'] as const;
export type MemoryKind = (typeof MEMORY_KINDS)[number];

export interface KnowledgeTables {
  knowledge_document: {
    id: Generated<string>;
    kind: DocumentKind;
    source: string;
    title: string;
    hash: string;
    added_by: string;
    added_at: Generated<Date>;
  };
  knowledge_chunk: {
    id: Generated<string>;
    document: string;
    nth: number;
    heading: string;
    body: string;
    words: string;
    length: number;
    embedding: number[] | null;
    embedding_model: string | null;
  };
  memory: {
    id: Generated<string>;
    key: string;
    kind: MemoryKind;
    run_id: string;
    goal: string;
    owner: string | null;
    relations: string[];
    decided_by: string;
    text: string | null;
    at: Date;
    forgotten_at: Date | null;
  };
}
