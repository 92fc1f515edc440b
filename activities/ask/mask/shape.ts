/** Characters of a shape that are shown; the rest is a number. */
const SHOWN = 24;

/**
 * The shape of a text: every letter is `A` or `a`, every digit `9`, blanks and common marks are themselves, all else is
 * `?`. What it says is gone; how long it is and how it is built stays. `length`: of the whole text, where only its
 * beginning is at hand.
 */
export function shape(text: string, length = [...text].length): string {
  const signs = [...text].slice(0, SHOWN);
  const shaped = signs.map(signOf).join('');
  return length > SHOWN ? `${shaped}…(${length} characters)` : shaped;
}

function signOf(sign: string): string {
  if (/\p{Lu}/u.test(sign)) return 'A';
  if (/\p{L}/u.test(sign)) return 'a';
  if (/\p{N}/u.test(sign)) return '9';
  if (/\s/.test(sign)) return ' ';
  return /[-_.,:;/@+#()]/.test(sign) ? sign : '?';
}
