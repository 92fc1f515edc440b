import type { Marks } from './parse';

const NAMES: Record<string, string> = { '\t': 'tab', ' ': 'blank', '\x01': '\\x01', '\x1f': '\\x1f' };

/** A mark as people read it: `";"`, `tab`. */
export function show(mark: string): string {
  return NAMES[mark] ?? `"${mark}"`;
}

/** A mark as YAML takes it. */
function asYaml(mark: string): string {
  return /[\x00-\x1f]/.test(mark) ? JSON.stringify(mark) : `'${mark.replaceAll("'", "''")}'`;
}

/** The keys of `from` that differ, as they are to be written: `` `delimiter: ';'`, `quote: ''` ``. */
export function settings(wanted: Marks, given: Marks): string {
  return (['delimiter', 'quote', 'escape'] as const)
    .filter((key) => wanted[key] !== given[key])
    .map((key) => `\`${key}: ${asYaml(wanted[key])}\``)
    .join(' and ');
}

/** `fields separated by ";", quoted by """, header in line 3` */
export function describeDialect(
  { delimiter, quote, escape }: Marks,
  { header, skip }: { header: number; skip: number },
): string {
  const first = skip + 1;
  const lines = header === 1 ? `line ${first}` : `lines ${first} to ${skip + header}`;
  return [
    `fields separated by ${show(delimiter)}`,
    quote === '' ? 'nothing quoted' : `quoted by ${show(quote)}`,
    ...(escape === '' ? [] : [`escaped by ${show(escape)}`]),
    header === 0 ? `no header${skip > 0 ? `, rows from line ${first} on` : ''}` : `header in ${lines}`,
  ].join(', ');
}

/** `1 field`, `3 fields` */
export function fieldsOf(count: number): string {
  return `${count} field${count === 1 ? '' : 's'}`;
}
