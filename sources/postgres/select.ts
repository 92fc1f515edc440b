import type { SourceDatabase, SourceSession } from '../sources';

/** Another PostgreSQL as a step sees it: everything, or (in a rehearsal) the first rows of whatever is selected. */
export function sourceDatabase(session: SourceSession, sampleRows: number | undefined): SourceDatabase {
  return {
    query: (sql, params) => session.query(sql, params),
    copyBinary: (select) => {
      // The line break ends a comment at the end of a query, which would otherwise swallow the parenthesis.
      const limited =
        sampleRows === undefined ? select : `select * from (${select}\n) sample limit ${sampleRows}`;
      return session.copyOut(`copy (${limited}\n) to stdout (format binary)`);
    },
    close: () => session.close(),
  };
}
