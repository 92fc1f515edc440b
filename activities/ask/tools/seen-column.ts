import { ColumnState } from '../../../capabilities/ingest/scan/columns';
import { CODES, looksLikeCode } from '../mask/codes';
import { nameAsData } from '../mask/names';
import type { ValueKind } from '../mask/kinds';
import { FETCHED, masked, showingOf, type Showing } from '../mask/shown';

/** Values that are shown of a column, and different ones that are told apart. */
const FIRST = 5;
const TOLD_APART = 1_000;

/** A column of files that were looked into: its type as loading would infer it, and what may be shown of its values. */
export class SeenColumn {
  readonly state: ColumnState;
  readonly first: (string | null)[] = [];
  private values = 0;
  private nulls = 0;
  private readonly times = new Map<string, number>();

  constructor(
    private readonly name: string,
    private readonly hidden: boolean,
  ) {
    this.state = new ColumnState(name);
  }

  /** `undefined`: the record does not have it. */
  see(value: string | null | undefined): void {
    if (this.first.length < FIRST) this.first.push(value ?? null);
    if (value === null || value === undefined) {
      this.nulls++;
      return;
    }
    this.values++;
    const short = value.slice(0, FETCHED);
    const known = this.times.get(short);
    if (known !== undefined || this.times.size < TOLD_APART) this.times.set(short, (known ?? 0) + 1);
  }

  asData(): object {
    const codes = this.codes();
    const many = this.times.size >= TOLD_APART;
    return {
      name: nameAsData(this.name),
      type: this.state.classes === 0 ? 'no value seen' : this.state.type,
      shown: this.showing(),
      nulls: this.nulls,
      distinct: many ? `${TOLD_APART} or more` : this.times.size,
      ...(codes && codes.length > 0 ? { codes } : {}),
    };
  }

  /** The value of the `row`th record that was looked at, as it may be shown. */
  shown(row: number): unknown {
    const value = this.first[row] ?? null;
    const codes = new Set(this.codes()?.map(([code]) => code));
    return masked(value === null ? null : value.slice(0, FETCHED), value?.length ?? 0, {
      ...{ showing: this.showing(), type: this.state.type, codes },
    });
  }

  private showing(): Showing {
    if (this.hidden) return 'hidden';
    return this.codes() ? 'codes' : showingOf(kindOf(this.state.type));
  }

  private codes(): [string, number][] | undefined {
    if (this.hidden || kindOf(this.state.type) !== 'text' || this.times.size > CODES.distinct)
      return undefined;
    if (this.values === 0 || ![...this.times.keys()].every(looksLikeCode)) return undefined;
    return [...this.times].filter(([, times]) => times >= CODES.times).sort((a, b) => b[1] - a[1]);
  }
}

/** Of the types that values of files turn out to be. */
function kindOf(type: string): ValueKind {
  if (type === 'bigint' || type === 'numeric' || type === 'double precision') return 'number';
  if (type === 'boolean') return 'boolean';
  if (type === 'date' || type.startsWith('timestamp')) return 'date';
  return type === 'text' ? 'text' : 'other';
}
