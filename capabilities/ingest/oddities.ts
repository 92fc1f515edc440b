import type { Finding } from '../../schemas/change';
import type { Framing } from '../../sources/sources';
import { count } from './quarantine';
import type { ScannedFile } from './scan-files';
import { LINE_END } from './scan/line-end';
import { Needle } from './scan/needle';

/** What exporting programs write for a null. */
const NULL_WORDS = ['\\N', 'NULL', '#N/A'];

/** How a line begins that sums up the ones above it. */
const FOOTER =
  /^\W*(grand[ _-]?total|sub[ _-]?total|total|totals|sum|summe|gesamt|insgesamt|zwischensumme|suma|totale|average|avg|mean|итого|合计|總計|end of (file|report|data)|eof|trailer|\d+ rows?)\b/i;
/** The same for words without a border that \b knows. */
const FOOTER_ELSEWHERE = /^\W*(итого|合计|總計|总计)/i;

/** Looks in all of a file's bytes for what is no fault and yet not what anybody would want to load. */
export class Oddities {
  readonly #words: Needle[];
  readonly #header: Needle | undefined;

  constructor(
    header: Buffer,
    { delimiter, header: lines }: Pick<Framing, 'delimiter' | 'header'>,
    nulls: readonly string[],
  ) {
    this.#words = NULL_WORDS.filter((word) => !nulls.includes(word)).map(
      (word) => new Needle(Buffer.from(word), [delimiter]),
    );
    const line = Buffer.from(header.toString('latin1').trim(), 'latin1');
    this.#header = lines === 1 && line.length > 0 ? new Needle(line) : undefined;
  }

  push(bytes: Buffer): void {
    for (const word of this.#words) word.push(bytes);
    this.#header?.push(bytes);
  }

  end(): void {
    for (const word of this.#words) word.end();
    this.#header?.end();
  }

  /** Spellings that occur and are no null. */
  get words(): { word: string; count: number }[] {
    return this.#words
      .filter((needle) => needle.count > 0)
      .map((needle) => ({ word: needle.bytes.toString(), count: needle.count }));
  }

  get headers(): number {
    return this.#header?.count ?? 0;
  }
}

/** What there is to say of a file that can be loaded and is odd. */
export function oddFindings({ path, scanned, oddities, fields }: ScannedFile): Finding[] {
  const findings: Finding[] = [];
  const say = (severity: Finding['severity'], rule: string, message: string, line?: number): unknown =>
    findings.push({ severity, rule, message, place: line === undefined ? path : `${path}:${line}` });
  const { odd, lineEnds, blankLines } = scanned;
  if (!odd || !oddities) return findings;
  for (const { word, count: times } of oddities.words) {
    say(
      'warning',
      'null_kept',
      `${path} has ${times === 1 ? 'a field' : `${count(times)} fields`} that say${times === 1 ? 's' : ''} ${word}, which stays text; if it is null, write \`nulls: ['', '${word}']\``,
    );
  }
  if (oddities.headers > 0) {
    say(
      'warning',
      'header_again',
      `${path} has its header ${oddities.headers === 1 ? 'once' : `${count(oddities.headers)} times`} more among the rows, where it is read as a row`,
    );
  }
  const { between, hollow, last } = odd;
  if (between.count > 0) {
    say(
      'warning',
      'empty_lines',
      `${path} has ${lines(between.count)} between its rows, left out: does a second table begin there?`,
      between.line,
    );
  } else if (blankLines > 0) {
    say('info', 'empty_lines', `${path} has ${lines(blankLines)} before or after its rows, left out`);
  }
  if (hollow.count > 0) {
    const one = hollow.count === 1;
    say(
      'warning',
      'empty_rows',
      `${path} has ${one ? 'a row' : `${count(hollow.count)} rows`} in which every field is empty`,
      hollow.line,
    );
  }
  if (scanned.records > 1 && (FOOTER.test(last.text) || FOOTER_ELSEWHERE.test(last.text))) {
    say('warning', 'footer', `${path} ends with a row that looks like a sum of the others`, last.line);
  }
  if ((lineEnds & LINE_END.cr) !== 0 && lineEnds !== LINE_END.cr) {
    const what = fields.length === 1 ? 'is read as the end of a row, too' : 'ends a row, too';
    say('warning', 'line_ends', `${path} ends its lines in different ways: a lone carriage return ${what}`);
  }
  return findings;
}

function lines(number: number): string {
  return number === 1 ? 'an empty line' : `${count(number)} empty lines`;
}
