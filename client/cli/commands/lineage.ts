import {
  LineageGraph,
  type Direction,
  type LineageHop,
  type LineageNode,
} from '../../../store/lineage/graph';
import { findStart } from '../../../capabilities/lineage/start';
import { openHomeStore } from '../../core/home-store';
import { renderLineage } from '../render/lineage';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

export interface LineageOptions {
  up?: boolean;
  down?: boolean;
}

/** `lineage --json` */
export interface LineageDocument {
  start: LineageNode;
  /** Hops that lead to it, nearest first; absent when only `--down` was asked for. */
  up?: LineageHop[];
  down?: LineageHop[];
  /** Other datasets of that name, in other databases. */
  others: { namespace: string; name: string }[];
}

/** `sluice lineage TABLE[.COLUMN]`: from what it is made, and what is made of it, as runs have recorded it. Throws `not_found`. */
export async function lineage(
  terminal: Terminal,
  wanted: string,
  options: LineageOptions,
): Promise<CommandResult> {
  const store = await openHomeStore(homeOf(terminal));
  try {
    const graph = new LineageGraph(store.db);
    const { start, others } = await findStart(graph, wanted);
    const walk = async (direction: Direction): Promise<LineageHop[] | undefined> => {
      const other = direction === 'up' ? 'down' : 'up';
      return options[other] === true && options[direction] !== true
        ? undefined
        : graph.walk(start, direction);
    };
    const [up, down] = [await walk('up'), await walk('down')];
    const document: LineageDocument = { start, ...(up ? { up } : {}), ...(down ? { down } : {}), others };
    return { document, text: renderLineage(document, terminal.out), exitCode: 0 };
  } finally {
    await store.close();
  }
}
