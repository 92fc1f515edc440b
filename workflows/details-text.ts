/** Text of a goal, a person or a database, so that Markdown shows it and does not obey it. One line. */
export function quoted(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_<>|[\]#]/g, '\\$&');
}

/** A word of a POSIX shell's command line. */
export function shellWord(text: string): string {
  return /^[\w.:@%+=,/-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`;
}
