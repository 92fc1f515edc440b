import { fail, type Fault } from '../../schemas/errors';
import { tooLong } from '../../schemas/identifier';

/** Columns every table has already. */
const SYSTEM = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

/**
 * A source's name for a column as an identifier that needs no quotes: lower case, words joined by `_`.
 * `Dep Time`, `DepTime` and `dep-time` are `dep_time`; `2013` is `_2013`; nothing usable is `column_<place>`.
 */
export function normaliseName(name: string, place: number): string {
  const words = name
    .normalize('NFKC')
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase()
    .replace(/^[^\p{L}\p{M}\p{N}_]+|[^\p{L}\p{M}\p{N}_]+$/gu, '')
    .replace(/[^\p{L}\p{M}\p{N}_]+/gu, '_');
  const plain = words === '' ? `column_${place}` : words;
  const named = /^\p{N}/u.test(plain) ? `_${plain}` : plain;
  return SYSTEM.has(named) ? `${named}_` : named;
}

/**
 * Names of the table's columns for the names in a source: given in `columns` (others are left out), else as a column of
 * the existing table is called, else normalised. `undefined`: left out.
 * Throws `source_invalid` for two columns of one name, or one that is too long.
 */
export function targetNames(
  names: readonly string[],
  options: { columns?: Record<string, string>; existing?: readonly string[]; place: string },
): (string | undefined)[] {
  const existing = new Set(options.existing);
  const faults: Fault[] = [];
  const from = new Map<string, string>();
  const targets = names.map((name, index) => {
    if (options.columns) return Object.hasOwn(options.columns, name) ? options.columns[name] : undefined;
    return existing.has(name) ? name : normaliseName(name, index + 1);
  });
  targets.forEach((target, index) => {
    if (target === undefined) return;
    const name = names[index]!;
    const other = from.get(target);
    if (other !== undefined) {
      faults.push({
        path: options.place,
        message: `"${other}" and "${name}" would both be the column ${target}`,
      });
    }
    const long = tooLong(target);
    if (long !== undefined) faults.push({ path: options.place, message: `the column name ${long}` });
    from.set(target, name);
  });
  for (const name of Object.keys(options.columns ?? {})) {
    if (!names.includes(name)) faults.push({ path: options.place, message: `there is no column "${name}"` });
  }
  if (faults.length === 0) return targets;
  throw fail(
    'source_invalid',
    `The columns of ${options.place} cannot be named: ${faults.map((f) => f.message).join('; ')}.`,
    {
      next: 'Choose and name the columns in the goal: `columns: { "name in the source": name_in_the_table }`.',
      place: options.place,
      faults,
    },
  );
}
