import type { Style } from './style';

/** Lines of a long text that are shown before it is folded. */
const FOLDED = 6;

/** SQL for reading, a bar before each line; folded to its beginning unless `full`. */
export function statements(text: string, style: Style, { full = false, indent = 4 } = {}): string[] {
  const { paint, width } = style;
  const lines = text.trim().split('\n');
  const fits = full || lines.length <= FOLDED + 1;
  const shown = fits ? lines : lines.slice(0, FOLDED);
  const bar = `${' '.repeat(indent)}${paint.dim('│')} `;
  const room = width - indent - 2;
  const cut = (line: string): string => (full || line.length <= room ? line : `${line.slice(0, room - 1)}…`);
  const rest = fits
    ? []
    : [`${bar}${paint.dim(`… ${lines.length - FOLDED} more lines (--full shows them)`)}`];
  return [...shown.map((line) => `${bar}${cut(line)}`), ...rest];
}
