import { Class, typeOf } from './lexical';

/**
 * A type that nobody declared: inferred from earlier files, or that of the table that is there. It is a promise: what
 * inference would not have made that type does not fit it later either. (`007` is 7 for PostgreSQL; for inference it
 * is text, and a table in which it became 7 would have two products in one.)
 */
export interface PromisedType {
  /** Classes whose values fit. */
  allowed: number;
  /** Classes that a column of this type is taken to have, whatever else is seen. */
  base: number;
  /** What inference must say of all classes seen, with the base; absent: the classes alone decide. */
  type?: string;
  /** The most digits of a value; absent: as many as there are. */
  digits?: number;
}

const INTEGERS = Class.int | Class.intWide;
const EXACT = INTEGERS | Class.intBig | Class.dec | Class.decWide;
const EXPONENTS = Class.exp | Class.expWide | Class.expBare;
const DOUBLES = Class.int | Class.dec | Class.exp | Class.expBare | Class.special | Class.negativeZero;

/** By the name that PostgreSQL prints, without its modifier. `undefined`: its own grammar decides (`declared.ts`). */
export function promiseOf(type: string): PromisedType | undefined {
  switch (type.replace(/\([^)]*\)/, '')) {
    case 'smallint':
    case 'integer':
    case 'bigint':
      return { allowed: INTEGERS, base: Class.int };
    case 'numeric':
      return { allowed: EXACT | EXPONENTS | Class.special, base: Class.dec, type: 'numeric' };
    case 'double precision':
      return { allowed: DOUBLES, base: Class.dec | Class.exp, type: 'double precision' };
    case 'real':
      return { allowed: DOUBLES, base: Class.dec | Class.exp, type: 'double precision', digits: 6 };
    case 'boolean':
      return { allowed: Class.bool, base: Class.bool };
    case 'date':
      return { allowed: Class.date, base: Class.date };
    case 'timestamp without time zone':
      return { allowed: Class.timestamp, base: Class.timestamp };
    case 'timestamp with time zone':
      return { allowed: Class.timestamptz, base: Class.timestamptz };
    case 'text':
      return { allowed: ~Class.json, base: Class.text };
    default:
      return undefined;
  }
}

/** Whether a column of these classes is still of the type that was promised. */
export function isKept({ type, base }: PromisedType, classes: number): boolean {
  return type === undefined || typeOf(base | classes) === type;
}
