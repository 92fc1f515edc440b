import { types } from 'pg';

const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
const INTERVAL = 1186;
const NAME_ARRAY = 1003;
const TEXT_ARRAY = 1009;

type Parser = (value: string) => unknown;

const asText: Parser = (value) => value;
const parserOf = (oid: number): Parser => types.getTypeParser(oid, 'text') as Parser;

const OVERRIDES = new Map<number, Parser>([
  [DATE, asText],
  [TIMESTAMP, asText],
  [TIMESTAMPTZ, asText],
  [INTERVAL, asText],
  // `name[]` is not known to the driver; it is written like `text[]`.
  [NAME_ARRAY, parserOf(TEXT_ARRAY)],
]);

/**
 * How values come back: as the driver's defaults have it (bigint and numeric as strings, json parsed), but dates and
 * times as PostgreSQL prints them. A JavaScript Date has neither microseconds, nor infinity, nor a date without a zone.
 */
export const VALUE_TYPES = {
  // Everything is asked for in text form.
  getTypeParser: (oid: number) => OVERRIDES.get(oid) ?? parserOf(oid),
};
