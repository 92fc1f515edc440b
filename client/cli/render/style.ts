import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

/** How text is made for one stream: in colours or not, and how wide. */
export interface Style {
  paint: Paint;
  /** Characters in a line. */
  width: number;
}

export const PLAIN: Style = { paint: pc.createColors(false), width: 100 };

export function styleFor(
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): Style {
  const width = Math.max(60, Math.min(stream.columns ?? 100, 120));
  return { paint: pc.createColors(wantsColour(stream.isTTY === true, env)), width };
}

/** https://no-color.org: set and not empty means no colours, whatever else is set. */
function wantsColour(isTTY: boolean, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return isTTY && env.TERM !== 'dumb';
}

/**
 * Text that came from outside (documents, files' names, a database), safe to show: what would move a terminal's
 * cursor, recolour it or reorder what is read is written out instead.
 */
export function plain(text: string): string {
  return text.replace(CONTROL, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** C0 but for tab and line feed, DEL, C1, and the marks that reverse the direction of writing. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** {@link plain} for every string of a value that will be shown. */
export function plainDeep<T>(value: T): T {
  if (typeof value === 'string') return plain(value.replaceAll('\r\n', '\n')) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => plainDeep(item)) as T;
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    const entries = Object.entries(value).map(([key, item]) => [plain(key), plainDeep(item as unknown)]);
    return Object.fromEntries(entries) as T;
  }
  return value;
}

/** Words in lines of at most `width` characters; a word that is longer stands alone. Line feeds are kept. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines: string[] = [];
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}

/** A text after a prefix of `taken` characters, wrapped, and hanging where it began. */
export function hanging(prefix: string, taken: number, text: string, style: Style): string {
  return `${prefix}${wrap(text, Math.max(style.width - taken, 30)).join(`\n${' '.repeat(taken)}`)}`;
}

/** `label   text`, the text wrapped and hanging (a command that is copied is not: `whole`); `colour` is applied after wrapping, so that it does not count. */
export function field(
  label: string,
  text: string,
  style: Style,
  { indent = 2, column = 10, whole = false, colour = (line: string) => line } = {},
): string {
  const hang = ' '.repeat(indent + column);
  const lines = (whole ? [text] : wrap(text, Math.max(style.width - hang.length, 20))).map((line) =>
    colour(line),
  );
  return `${' '.repeat(indent)}${style.paint.dim(label.padEnd(column))}${lines.join(`\n${hang}`)}`;
}
