/**
 * Changes of type that lose nothing whatever the value, and so need nothing kept: the old type holds every value that
 * the new one can have, but for those that `unfit` finds. A closed list; any other change keeps the values.
 */
export interface Widening {
  /** A condition over the quoted column: values (written since) that the old type cannot hold. */
  unfit: string;
}

const INTEGERS: Record<string, { rank: number; max: string }> = {
  smallint: { rank: 1, max: '32767' },
  integer: { rank: 2, max: '2147483647' },
  bigint: { rank: 3, max: '9223372036854775807' },
};

/** Types as format_type writes them. */
export function widening(column: string, from: string, to: string): Widening | undefined {
  const [small, large] = [INTEGERS[from], INTEGERS[to]];
  if (small && large) {
    return small.rank < large.rank
      ? { unfit: `${column} not between -${small.max} - 1 and ${small.max}` }
      : undefined;
  }
  const [length, wider] = [varchar(from), varchar(to)];
  if (length !== undefined && wider !== undefined) {
    return length < wider ? { unfit: `char_length(${column}) > ${length}` } : undefined;
  }
  const [few, more] = [numeric(from), numeric(to)];
  if (few && more && few.precision < more.precision && few.scale === more.scale) {
    return {
      unfit: `abs(${column}) >= 1e${few.precision - few.scale}::numeric and ${column} <> 'NaN'`,
    };
  }
  return undefined;
}

function varchar(type: string): number | undefined {
  if (type === 'text' || type === 'character varying') return Infinity;
  const length = /^character varying\((\d+)\)$/.exec(type)?.[1];
  return length === undefined ? undefined : Number(length);
}

function numeric(type: string): { precision: number; scale: number } | undefined {
  const match = /^numeric\((\d+),(-?\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}
