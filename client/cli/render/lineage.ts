import type { LineageHop, LineageNode } from '../../../store/lineage/graph';
import type { LineageDocument } from '../commands/lineage';
import { plainDeep, type Style } from './style';

/** Two trees: what it is made of, and what is made of it. */
export function renderLineage(given: LineageDocument, style: Style): string {
  const { start, up, down, others } = plainDeep(given);
  const { paint } = style;
  const lines = [paint.bold(short(start)), paint.dim(`  ${start.namespace}`)];
  const part = (title: string, hops: LineageHop[] | undefined, direction: 'up' | 'down'): void => {
    if (!hops) return;
    lines.push('', title);
    const found = tree(start, hops, direction, style, '  ', new Set());
    lines.push(...(found.length > 0 ? found : [paint.dim('  nothing that was recorded')]));
  };
  part('is made of', up, 'up');
  part('is used for', down, 'down');
  if (others.length > 0) {
    lines.push(
      '',
      paint.dim(`Also: ${others.map((other) => `${other.name} (${other.namespace})`).join(', ')}`),
    );
  }
  return lines.join('\n');
}

function tree(
  at: LineageNode,
  hops: readonly LineageHop[],
  direction: 'up' | 'down',
  style: Style,
  indent: string,
  shown: Set<string>,
): string[] {
  const { paint } = style;
  const [near, far] = direction === 'up' ? (['to', 'from'] as const) : (['from', 'to'] as const);
  return hops
    .filter((hop) => belongs(hop[near], at))
    .flatMap((hop) => {
      const how = hop.how.length > 0 ? ` ${paint.cyan(hop.how.join(', ').toLowerCase())}` : '';
      const why = hop.partial === undefined ? '' : ` (columns not known: ${hop.partial})`;
      const line = `${indent}${short(hop[far])}${how}${paint.dim(`  ${hop.goal}.${hop.step}${why}`)}`;
      const key = keyOf(hop[far]);
      // What several ways lead to (or a way back to itself) is followed once.
      if (shown.has(key)) return [line];
      shown.add(key);
      return [line, ...tree(hop[far], hops, direction, style, `${indent}  `, shown)];
    });
}

const keyOf = ({ namespace, name, field }: LineageNode): string => JSON.stringify([namespace, name, field]);

/** A hop to the rows of a dataset concerns each of its columns. */
function belongs(node: LineageNode, at: LineageNode): boolean {
  const same = node.namespace === at.namespace && node.name === at.name;
  return same && (node.field === at.field || node.field === undefined);
}

/** Without the database: `raw.people.age`, `/data/people · age`. */
function short({ namespace, name, field }: LineageNode): string {
  if (namespace === 'file') return field === undefined ? name : `${name} · ${field}`;
  const relation = name.split('.').slice(-2).join('.');
  return field === undefined ? relation : `${relation}.${field}`;
}
