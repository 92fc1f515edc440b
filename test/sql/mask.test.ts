import fc from 'fast-check';
import { maskedSql } from '../../sql/mask';

it.each([
  [`select * from t where name = 'Ann'`, 'select * from t where name = ?'],
  [`select 'it''s', 42, 1.5e-3, .5 from a1`, 'select ?, ?, ?, ? from a1'],
  [`select E'a\\'b' || 'c\\' || x`, 'select ? || ? || x'],
  [`select $tag$ secret $$ $tag$, $$x$$, $1 from "My 7 'Table'"`, `select ?, ?, $1 from "My 7 'Table'"`],
  [`select 1 -- it's Ann\n, /* 'Bob' */ u&'x', b'01'`, 'select ? , ?, ?'],
  [`insert into t values ('unclosed`, 'insert into t values (?'],
  [`insert into "raw"."t_2013" (a) values ($1), ($2)`, `insert into "raw"."t_2013" (a) values ($1), ($2)`],
])('%s', (sql, masked) => {
  expect(maskedSql(sql)).toBe(masked);
});

it('no string literal survives, whatever is in it and around it', () => {
  const secret = fc.string({ minLength: 1 }).map((text) => `§${text.replaceAll('\0', '')}§`);
  fc.assert(
    fc.property(secret, fc.constantFrom('', 'E', ' /* c */ '), (value, before) => {
      const text = before === 'E' ? value.replace(/[\\']/g, '\\$&') : value.replaceAll("'", "''");
      const masked = maskedSql(`select x from t where a = ${before}'${text}' and b = $1`);
      expect(masked).toBe(`select x from t where a = ? and b = $1`);
    }),
  );
});
