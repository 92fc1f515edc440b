import type { RelationName } from '../../../schemas/change';
import type { CatalogueEntry } from './read';
import { alike, partsOf, stem, trigrams, wordsOf } from './words';

export interface Scored {
  entry: CatalogueEntry;
  score: number;
  /** Columns that a word meant, as far as is known. */
  columns: string[];
}

/** Where a word is found counts differently. */
const WEIGHTS = { relation: 6, schema: 2, column: 2, comment: 1 } as const;
const SHARE_OF_NEIGHBOUR = 0.25;
const ALIKE = 0.4;
const DAY = 86_400_000;

/**
 * Relations by how well they fit the words, best first. A rare word counts more than one that is everywhere; a word that
 * is nowhere counts by what is spelt like it. A relation next to a fitting one (a foreign key, either way) fits a little,
 * and so does what was written lately. `now`: milliseconds since 1970.
 */
export function scored(entries: readonly CatalogueEntry[], words: string, now: number): Scored[] {
  const vocabulary = new Vocabulary(entries);
  const wanted = wordsOf(words).map((word) => vocabulary.match(word));
  const names = namesIn(words);
  const own = entries.map((entry, at): Scored => {
    let score = isNamed(entry, names) ? 20 : 0;
    const columns = new Set<string>();
    for (const terms of wanted) {
      let best = 0;
      for (const [term, likeness] of terms) {
        const found = vocabulary.at(term, at);
        if (!found) continue;
        best = Math.max(best, likeness * found.weight * vocabulary.rarity(term));
        for (const column of found.columns) columns.add(column);
      }
      score += best;
    }
    return { entry, score, columns: [...columns] };
  });
  const byName = new Map(own.map((each) => [each.entry.relation, each]));
  const given = new Map<RelationName, number>();
  const give = (to: RelationName, score: number): void =>
    void given.set(to, Math.max(given.get(to) ?? 0, score));
  for (const { entry, score } of own) {
    for (const other of entry.refersTo) {
      if (score > 0) give(other, score * SHARE_OF_NEIGHBOUR);
      const theirs = byName.get(other)?.score ?? 0;
      if (theirs > 0) give(entry.relation, theirs * SHARE_OF_NEIGHBOUR);
    }
  }
  return own
    .map((each) => {
      const { used, relation } = each.entry;
      const recent = used === undefined ? 0 : 1 / (1 + Math.max(0, now - used) / (7 * DAY));
      return { ...each, score: each.score + (given.get(relation) ?? 0) + 0.5 * recent };
    })
    .sort((a, b) => b.score - a.score || a.entry.relation.localeCompare(b.entry.relation));
}

/** Every way in which the words can name a relation: with its schema or without. */
function namesIn(words: string): ReadonlySet<string> {
  const parts = words.toLowerCase().split(/[^\p{L}\p{N}_$.]+/u);
  return new Set(parts.flatMap((part) => [part, part.replace(/\.+$/, ''), ...part.split('.').slice(-1)]));
}

function isNamed({ relation }: CatalogueEntry, names: ReadonlySet<string>): boolean {
  const name = relation.toLowerCase();
  const bare = name.slice(name.indexOf('.') + 1);
  return names.has(name) || (bare.length > 3 && names.has(bare));
}

interface Place {
  weight: number;
  columns: string[];
}

/** Every word of every name, and where it is. */
class Vocabulary {
  private readonly places = new Map<string, Map<number, Place>>();
  private readonly spelt = new Map<string, ReadonlySet<string>>();
  private readonly byTrigram = new Map<string, string[]>();

  constructor(private readonly entries: readonly CatalogueEntry[]) {
    entries.forEach(({ relation, columns, words }, at) => {
      const dot = relation.indexOf('.');
      for (const part of partsOf(relation.slice(dot + 1))) this.add(part, at, WEIGHTS.relation);
      for (const part of partsOf(relation.slice(0, dot))) this.add(part, at, WEIGHTS.schema);
      for (const column of columns)
        for (const part of partsOf(column)) this.add(part, at, WEIGHTS.column, column);
      for (const part of wordsOf(words)) this.add(part, at, WEIGHTS.comment);
    });
    for (const term of this.places.keys()) {
      const set = trigrams(term);
      this.spelt.set(term, set);
      for (const each of set) {
        const list = this.byTrigram.get(each);
        if (list) list.push(term);
        else this.byTrigram.set(each, [term]);
      }
    }
  }

  /** Terms that a word may mean, each with how sure that is. */
  match(word: string): [term: string, likeness: number][] {
    const term = stem(word);
    if (this.places.has(term)) return [[term, 1]];
    const wanted = trigrams(term);
    const candidates = new Set([...wanted].flatMap((each) => this.byTrigram.get(each) ?? []));
    return [...candidates]
      .map((candidate): [string, number] => {
        const inside =
          term.length > 3 &&
          candidate.length > 3 &&
          (candidate.startsWith(term) || term.startsWith(candidate));
        return [candidate, Math.max(inside ? 0.7 : 0, alike(wanted, this.spelt.get(candidate)!))];
      })
      .filter(([, likeness]) => likeness >= ALIKE)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 5);
  }

  at(term: string, entry: number): Place | undefined {
    return this.places.get(term)?.get(entry);
  }

  /** Inverse document frequency, as BM25 has it. */
  rarity(term: string): number {
    const inside = this.places.get(term)?.size ?? 0;
    return Math.log(1 + (this.entries.length - inside + 0.5) / (inside + 0.5));
  }

  private add(part: string, entry: number, weight: number, column?: string): void {
    const term = stem(part);
    const places = this.places.get(term) ?? new Map<number, Place>();
    this.places.set(term, places);
    const place = places.get(entry) ?? { weight: 0, columns: [] };
    places.set(entry, place);
    place.weight = Math.max(place.weight, weight);
    if (column !== undefined && !place.columns.includes(column)) place.columns.push(column);
  }
}
