/** Words that say nothing of what data is wanted. */
const STOP = new Set(
  `a an and are as at be by for from had has have how i in into is it its me my new no not now of on or our out please so
   that the their them then there these they this to up us was we what when where which who will with you your all each
   every per make build create add load show give table tables view column columns data row rows der die das und ein eine
   von mit für auf ist im in zu den dem des als bitte`.split(/\s+/),
);

/** The parts of a text or of a name, in lower case, without accents; `homeEmail` and `home_email` have two. */
export function partsOf(text: string): string[] {
  return text
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
}

/** The words of a text that may say what data is meant, each once. */
export function wordsOf(text: string): string[] {
  return [...new Set(partsOf(text).filter((part) => part.length > 1 && !STOP.has(part)))].slice(0, 200);
}

/** A word without its commonest endings, so that `delays` and `delayed` find `delay`. */
export function stem(word: string): string {
  if (word.length < 4) return word;
  return word.replace(/(?:ies)$/, 'y').replace(/(?<=.{3})(?:ings?|edly|ed|es|s|en|er|ung(?:en)?)$/, '');
}

/** Three letters in a row, with its edges marked: what PostgreSQL's pg_trgm does. */
export function trigrams(word: string): Set<string> {
  const padded = `  ${word} `;
  const found = new Set<string>();
  for (let at = 0; at + 3 <= padded.length; at++) found.add(padded.slice(at, at + 3));
  return found;
}

/** How alike two sets of trigrams are, 0 to 1. */
export function alike(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const each of a) if (b.has(each)) shared++;
  return shared === 0 ? 0 : shared / (a.size + b.size - shared);
}
