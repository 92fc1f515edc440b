import { sql, type RawBuilder } from 'kysely';
import type { StoreDb } from '../database';
import { sha256 } from '../digest';
import type { Chunk } from './chunk';
import type { DocumentKind } from './tables';

export interface KnowledgeDocument {
  kind: DocumentKind;
  /** Where it comes from; one document each. */
  source: string;
  title: string;
  chunks: readonly Chunk[];
}

export interface ListedDocument {
  id: number;
  kind: DocumentKind;
  source: string;
  title: string;
  chunks: number;
  /** With an embedding of the model that was asked about. */
  embedded: number;
  addedBy: string;
  addedAt: Date;
}

export interface KnowledgeHit {
  /** Of the chunk: what a citation names, as `knowledge:ID`. */
  id: number;
  document: number;
  kind: DocumentKind;
  source: string;
  title: string;
  heading: string;
  body: string;
  score: number;
}

export interface SearchOptions {
  limit: number;
  kinds?: readonly DocumentKind[];
  /** Of the words, by the model that embedded the chunks; absent: by words alone. */
  vector?: { model: string; values: readonly number[] };
}

/** Of Okapi BM25: how soon a word that is there often counts no more, and how much a chunk's length does. */
const K1 = 1.2;
const B = 0.75;
/** Of reciprocal rank fusion: how much a first place is worth more than a tenth. */
const FUSION = 60;
const CANDIDATES = 100;

/** Documents in chunks, found by words (BM25 over PostgreSQL's full text) and, where there are embeddings, by meaning. */
export class Knowledge {
  constructor(private readonly db: StoreDb) {}

  /** Adds a document, or replaces the one from the same source. */
  async put(
    document: KnowledgeDocument,
    by: string,
  ): Promise<{ id: number; result: 'added' | 'replaced' | 'same' }> {
    const { kind, source, title, chunks } = document;
    const hash = sha256(JSON.stringify([kind, title, chunks]));
    return this.db.transaction().execute(async (tx) => {
      const known = await tx
        .selectFrom('knowledge_document')
        .select(['id', 'hash'])
        .where('source', '=', source)
        .forUpdate()
        .executeTakeFirst();
      if (known?.hash === hash) return { id: Number(known.id), result: 'same' };
      if (known) await tx.deleteFrom('knowledge_document').where('id', '=', known.id).execute();
      const { id } = await tx
        .insertInto('knowledge_document')
        .values({ kind, source, title, hash, added_by: by })
        .returning('id')
        .executeTakeFirstOrThrow();
      await sql`insert into knowledge_chunk (document, nth, heading, body, words, length)
        select ${id}::bigint, nth - 1, heading, body, words, greatest(1, (select coalesce(sum(cardinality(t.positions)), 0) from unnest(words) t))
          from (select heading, body, nth, to_tsvector('english', concat_ws(' ', ${title}::text, heading, body)) as words
                  from unnest(${chunks.map((chunk) => chunk.heading)}::text[], ${chunks.map((chunk) => chunk.body)}::text[])
                       with ordinality as c(heading, body, nth)) c`.execute(tx);
      return { id: Number(id), result: known ? 'replaced' : 'added' };
    });
  }

  async list(embeddingModel?: string): Promise<ListedDocument[]> {
    const { rows } = await sql<ListedDocument>`
      select d.id::int as id, d.kind, d.source, d.title, d.added_by as "addedBy", d.added_at as "addedAt",
             count(c.id)::int as chunks,
             (count(*) filter (where c.embedding is not null and c.embedding_model = ${embeddingModel ?? null}))::int as embedded
        from knowledge_document d left join knowledge_chunk c on c.document = d.id
       group by d.id order by d.source`.execute(this.db);
    return rows;
  }

  /** By its number, its source, or how its source begins (a folder). Returns the sources that are gone. */
  async remove(which: string): Promise<string[]> {
    const prefix = `${which.replace(/\/+$/, '').replace(/[\\%_]/g, '\\$&')}/%`;
    const { rows } = await sql<{ source: string }>`
      delete from knowledge_document where id::text = ${which} or source = ${which} or source like ${prefix}
      returning source`.execute(this.db);
    return rows.map(({ source }) => source).sort();
  }

  /** What fits the words best. */
  async search(words: string, { limit, kinds, vector }: SearchOptions): Promise<KnowledgeHit[]> {
    const only = kinds === undefined ? sql`true` : sql`d.kind = any(${[...kinds]}::text[])`;
    const byWords = await this.ranked(bm25(words, only));
    const byMeaning = vector ? await this.ranked(nearest(vector, only)) : [];
    const fused = new Map<string, number>();
    for (const ranking of [byWords, byMeaning]) {
      ranking.forEach(({ id }, place) => fused.set(id, (fused.get(id) ?? 0) + 1 / (FUSION + place)));
    }
    const score = vector ? fused : new Map(byWords.map(({ id, score: own }) => [id, own]));
    const best = [...score].sort((a, b) => b[1] - a[1] || Number(a[0]) - Number(b[0])).slice(0, limit);
    const found = await this.chunks(best.map(([id]) => Number(id)));
    return best.flatMap(([id, value]) => {
      const hit = found.find((each) => each.id === Number(id));
      return hit ? [{ ...hit, score: Math.round(value * 10_000) / 10_000 }] : [];
    });
  }

  /** Chunks by their numbers; what is gone is left out. */
  async chunks(ids: readonly number[]): Promise<Omit<KnowledgeHit, 'score'>[]> {
    if (ids.length === 0) return [];
    const { rows } = await sql<Omit<KnowledgeHit, 'score'>>`
      select c.id::int as id, d.id::int as document, d.kind, d.source, d.title, c.heading, c.body
        from knowledge_chunk c join knowledge_document d on d.id = c.document
       where c.id = any(${[...ids]}::bigint[])`.execute(this.db);
    return rows;
  }

  /** Chunks that this model has not embedded yet. */
  async withoutEmbedding(model: string, limit: number): Promise<{ id: number; text: string }[]> {
    const { rows } = await sql<{ id: number; text: string }>`
      select c.id::int as id, concat_ws(E'\\n', d.title, nullif(c.heading, ''), c.body) as text
        from knowledge_chunk c join knowledge_document d on d.id = c.document
       where c.embedding is null or c.embedding_model is distinct from ${model}
       order by c.id limit ${limit}`.execute(this.db);
    return rows;
  }

  async embed(model: string, vectors: readonly { id: number; values: readonly number[] }[]): Promise<void> {
    for (const { id, values } of vectors) {
      await sql`update knowledge_chunk set embedding = ${unit(values)}::real[], embedding_model = ${model}
                 where id = ${id}`.execute(this.db);
    }
  }

  private async ranked(
    query: RawBuilder<{ id: string; score: number }>,
  ): Promise<{ id: string; score: number }[]> {
    return (await query.execute(this.db)).rows;
  }
}

/** Chunks by Okapi BM25: `words` holds each word's positions, so how often it is there; rare words count more. */
function bm25(words: string, only: RawBuilder<unknown>): RawBuilder<{ id: string; score: number }> {
  return sql`with wanted as (
      select lexeme from unnest(to_tsvector('english', ${words.slice(0, 4_000)})) limit 200
    ), every as (
      select count(*)::float8 as n, coalesce(avg(length), 1)::float8 as usual from knowledge_chunk
    ), there as (
      select c.id, c.length, t.lexeme, cardinality(t.positions)::float8 as times
        from knowledge_chunk c join knowledge_document d on d.id = c.document,
             unnest(c.words) t join wanted using (lexeme)
       where ${only} and c.words @@ (select string_agg(quote_literal(lexeme), ' | ')::tsquery from wanted)
    ), rare as (
      select lexeme, ln(1 + (n - count(*) + 0.5) / (count(*) + 0.5)) as weight from there, every group by lexeme, n
    )
    select id::text as id,
           sum(weight * times * (${K1}::float8 + 1) / (times + ${K1}::float8 * (1 - ${B}::float8 + ${B}::float8 * length / usual))) as score
      from there join rare using (lexeme), every
     group by id order by score desc, id limit ${CANDIDATES}`;
}

/** Chunks by the cosine of their embedding: both are of length 1. */
function nearest(
  { model, values }: NonNullable<SearchOptions['vector']>,
  only: RawBuilder<unknown>,
): RawBuilder<{ id: string; score: number }> {
  return sql`select c.id::text as id, near.score
      from knowledge_chunk c join knowledge_document d on d.id = c.document,
           lateral (select sum(own * wanted)::float8 as score from unnest(c.embedding, ${unit(values)}::real[]) as v(own, wanted)) near
     where ${only} and c.embedding_model = ${model} and cardinality(c.embedding) = ${values.length}
     order by near.score desc, c.id limit ${CANDIDATES}`;
}

/** The vector at length 1. */
function unit(values: readonly number[]): number[] {
  const length = Math.hypot(...values);
  return length === 0 ? [...values] : values.map((value) => value / length);
}
