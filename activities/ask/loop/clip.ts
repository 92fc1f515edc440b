/** Of one tool's answer; a model that needs more asks for less at once. */
export const MAX_RESULT_BYTES = 16_384;

/** Text of at most so many bytes; what is cut says so. */
export function clipped(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_RESULT_BYTES) return text;
  // A character that was cut in two becomes the replacement character, which says nothing.
  const head = bytes
    .subarray(0, MAX_RESULT_BYTES - 200)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  return `${head}\n… cut here: ${head.length} of ${text.length} characters are shown. Ask for less at once.`;
}
