import { Readable } from 'node:stream';
import type { ClientBase, QueryResult } from 'pg';
import { DatabaseError } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { ReadSession, ResultColumn, RoleAlias, WriteSession } from '../warehouse';
import { serverMajorOf } from './client';
import { copyFromChunks } from './copy-in';
import { cut } from './cut';
import { noteStatement } from './refused-table';
import { isRecording, traced } from './trace';

export interface SessionOptions {
  explain(error: unknown, aborted?: boolean): Error;
  signal?: AbortSignal;
  roleAlias?: RoleAlias;
}

/**
 * A session over one connection inside one transaction. Statements run one after the other, in the order they were
 * asked for. Each goes through the extended protocol, which takes exactly one statement: `select 1; commit` is refused.
 */
export class PgSession implements ReadSession, WriteSession {
  private last: Promise<unknown> = Promise.resolve();
  private over = false;
  private readonly streams = new Set<Readable>();
  readonly roleAlias: RoleAlias | undefined;

  constructor(
    private readonly client: ClientBase,
    private readonly options: SessionOptions,
  ) {
    this.roleAlias = options.roleAlias;
  }

  private major: Promise<number> | undefined;
  serverMajor(): Promise<number> {
    this.major ??= this.inTurn('', () => serverMajorOf(this.client));
    return this.major;
  }

  async query<R extends object = Record<string, unknown>>(
    sql: string,
    params: readonly unknown[] = [],
  ): Promise<R[]> {
    const result = await this.run<R>(sql, params);
    return result.rows;
  }

  async describe(select: string): Promise<ResultColumn[]> {
    // The line break keeps a comment at the end from swallowing the parenthesis.
    const { fields } = await this.run(`select * from (\n${select}\n) as query limit 0`, []);
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
      name,
      typeOid: dataTypeID,
      typeModifier: dataTypeModifier,
    }));
  }

  async execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    const result = await this.run(sql, params);
    return result.rowCount ?? 0;
  }

  copyIn(sql: string, chunks: AsyncIterable<Buffer>): Promise<number> {
    let bytes = 0;
    const counted = isRecording() ? counting(chunks, (size) => (bytes += size)) : chunks;
    return this.inTurn(sql, () =>
      traced(
        sql,
        () => copyFromChunks(this.client, sql, counted, this.options.signal),
        (rows) => ({ 'sluice.rows': rows, 'sluice.bytes': bytes }),
      ),
    );
  }

  /** To be read to its end: a server cannot be told to stop, so leaving it early ends the session. */
  copyOut(sql: string): Readable {
    const stream = Readable.from(this.copied(sql), { objectMode: false });
    this.streams.add(stream);
    stream.once('close', () => this.streams.delete(stream));
    return stream;
  }

  /** After this nothing more runs: a capability that kept the session cannot write outside its transaction. */
  async end(): Promise<void> {
    this.over = true;
    for (const stream of this.streams) stream.destroy();
    await this.last;
  }

  /** Starts when it is first read and it is its turn; another statement waits until it has been read. */
  private async *copied(sql: string): AsyncGenerator<Buffer> {
    let done: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (done = resolve));
    const turn = await new Promise<ReturnType<typeof copyTo>>((begin, refuse) => {
      this.inTurn(sql, () => (begin(this.client.query(copyTo(sql))), finished)).catch(refuse);
    });
    let complete = false;
    try {
      yield* turn as AsyncIterable<Buffer>;
      complete = true;
    } catch (error) {
      complete = error instanceof DatabaseError; // the server has ended it
      noteStatement(error, sql);
      throw this.options.explain(error, this.options.signal?.aborted);
    } finally {
      if (!complete) cut(this.client);
      done();
    }
  }

  private run<R extends object>(text: string, values: readonly unknown[]): Promise<QueryResult<R>> {
    const query = { text, values: [...values], queryMode: 'extended' };
    return this.inTurn(text, () =>
      traced(
        text,
        () => this.client.query<R>(query),
        ({ rowCount }) => ({ 'sluice.rows': rowCount ?? 0 }),
      ),
    );
  }

  private inTurn<T>(statement: string, work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      if (this.options.signal?.aborted) throw this.options.explain(undefined, true);
      if (this.over) throw this.options.explain(new Error('the transaction of this session is over'));
      try {
        return await work();
      } catch (error) {
        noteStatement(error, statement);
        throw this.options.explain(error, this.options.signal?.aborted);
      }
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }
}

/** The same chunks; what uses them up returns early and fails as before. */
async function* counting(
  chunks: AsyncIterable<Buffer>,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}
