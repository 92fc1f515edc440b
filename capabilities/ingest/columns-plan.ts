import { fail, type Fault } from '../../schemas/errors';
import type { LoadedColumn } from './body';
import { cursorSpec } from './cursor/spec';
import type { IngestInput } from './input';
import { targetNames } from './names';
import { ColumnState } from './scan/columns';
import type { ResolvedType, Target, TargetColumn } from './target';
import { declaredType } from './types/declared';
import { promiseOf } from './types/promised';

/** One column of the load while its files are looked at. */
export interface PlannedColumn {
  name: string;
  state: ColumnState;
  declared: ResolvedType | undefined;
}

/**
 * The columns of a load: which there are, what they are called in the table, and by what their values are judged — the
 * existing table's types, else the declared ones, else what the values turn out to be.
 */
export class ColumnsPlan {
  readonly #input: IngestInput;
  readonly #target: Target | undefined;
  readonly #types: ReadonlyMap<string, ResolvedType>;
  readonly #columns = new Map<string, PlannedColumn>();
  /** Names in the sources, by name in the table. */
  readonly sourceNames = new Map<string, string>();

  constructor(input: IngestInput, target: Target | undefined, types: ReadonlyMap<string, ResolvedType>) {
    this.#input = input;
    this.#target = target;
    this.#types = types;
  }

  get columns(): PlannedColumn[] {
    return [...this.#columns.values()];
  }

  /** Names in the sources that were chosen by `columns`. */
  get chosen(): string[] {
    return Object.keys(this.#input.columns ?? {});
  }

  /** Names in the table for a source's names; `undefined`: left out. Throws `source_invalid`, `target_mismatch`. */
  names(fields: readonly string[], place: string): (string | undefined)[] {
    const existing = this.#target?.columns.map((column) => column.name);
    return targetNames(fields, { columns: this.#input.columns, existing, place });
  }

  /** The name of a JSON key, which an object may leave out even when it was chosen. */
  jsonName(key: string, place: string): string | undefined {
    const { columns } = this.#input;
    if (columns) return Object.hasOwn(columns, key) ? columns[key] : undefined;
    const [name] = this.names([key], place);
    const other = this.sourceNames.get(name!);
    if (other === undefined || other === key) return name;
    // Two keys of one name: told as a file with two such columns would be.
    return this.names([other, key], place)[1];
  }

  /** The column of that name, made when it is new. */
  column(name: string, sourceName: string): PlannedColumn {
    const known = this.#columns.get(name);
    if (known) return known;
    const existing = this.#target?.columns.find((column) => column.name === name);
    const permitted = this.#types.get(name) ?? this.#types.get(sourceName);
    const declared = existing ?? permitted;
    const promised = existing && !permitted ? promiseOf(existing.base ?? existing.type) : undefined;
    const check = declared && declaredType(declared.base ?? declared.type, declared.labels ?? undefined);
    const required = this.#isRequired(name, sourceName, existing);
    const state = new ColumnState(name, {
      required,
      declared: check,
      ...(promised && { promised }),
      opaque: declared !== undefined && !check,
    });
    const planned = { name, state, declared };
    this.#columns.set(name, planned);
    this.sourceNames.set(name, sourceName);
    return planned;
  }

  #isRequired(name: string, sourceName: string, existing: TargetColumn | undefined): boolean {
    const { key = [] } = this.#input;
    const cursor = cursorSpec(this.#input);
    const named = (wanted: string): boolean => wanted === name || wanted === sourceName;
    const isCursor = cursor !== undefined && cursor.nulls === 'refuse' && named(cursor.column);
    return key.some(named) || isCursor || (existing?.notNull ?? false);
  }

  /** A column by either of its names. Throws `invalid_goal` when the source has none of that name. */
  resolve(wanted: string, path: string): string {
    if (this.#columns.has(wanted)) return wanted;
    for (const [name, sourceName] of this.sourceNames) if (sourceName === wanted) return name;
    throw fail('invalid_goal', `${path} names the column "${wanted}", which the source does not have.`, {
      next: `It has: ${[...this.#columns.keys()].join(', ')}.`,
      place: path,
    });
  }

  /** What is loaded, in the table's order. Throws `target_mismatch`, `invalid_goal`. */
  finish(allowMissing: boolean): LoadedColumn[] {
    for (const name of this.#types.keys()) this.resolve(name, `types.${name}`);
    if (this.#target) this.#assertMatches(this.#target, allowMissing);
    this.#assertKept();
    const loaded = this.columns.map(({ name, state, declared }): LoadedColumn => ({
      name,
      type: declared?.type ?? state.type,
      required: state.required,
      ...(state.promised && { promised: true as const }),
      ...(declared?.base && { checkAs: declared.base }),
      ...(declared?.labels && { labels: declared.labels }),
    }));
    const order = this.#target?.columns.map((column) => column.name);
    return order ? loaded.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)) : loaded;
  }

  /** Throws `source_invalid` where the values together are not of the type that the table has. */
  #assertKept(): void {
    for (const { name, state, declared } of this.columns) {
      if (!state.broken) continue;
      const { file, line } = state.broken;
      throw fail(
        'source_invalid',
        `${file}:${line} has a value of ${name} that ${declared!.type}, its type in ${this.#input.into}, was not inferred from: with it the column would have another type.`,
        {
          next: `Correct the source, or let the table's type take such values: \`types: { ${name}: ${declared!.type} }\` under \`from\`.`,
          place: `${file}:${line}:${name}`,
        },
      );
    }
  }

  #assertMatches(target: Target, allowMissing: boolean): void {
    const relation = this.#input.into;
    const faults: Fault[] = [];
    const add = (name: string, message: string): unknown =>
      faults.push({ path: `${relation}.${name}`, message });
    const inTable = new Map(target.columns.map((column) => [column.name, column]));
    for (const { name } of this.columns) {
      const column = inTable.get(name);
      if (!column) add(name, 'is in the source, not in the table');
      else if (column.generated || column.identity)
        add(name, 'is generated by the table, but the source gives it');
      const wanted = this.#types.get(name) ?? this.#types.get(this.sourceNames.get(name) ?? '');
      if (column && wanted && wanted.type !== column.type) {
        add(name, `is ${column.type} in the table, declared as ${wanted.type}`);
      }
    }
    for (const column of target.columns) {
      if (this.#columns.has(column.name) || column.hasDefault || column.generated) continue;
      if (allowMissing && !column.notNull) continue;
      add(column.name, 'is in the table, not in the source');
    }
    if (faults.length === 0) return;
    throw fail(
      'target_mismatch',
      `${relation} and the source do not have the same columns: ${faults.map(({ path, message }) => `${path} ${message}`).join('; ')}.`,
      {
        next: 'Change the table, choose columns in the goal (`columns`), or load into another table.',
        place: relation,
        faults,
      },
    );
  }
}
