import { z } from 'zod';
import { withoutSecrets } from '../../../governance/secret-shapes';
import { fail } from '../../../schemas/errors';
import type { KnowledgeDocument } from '../../../store/knowledge/knowledge';

/** Of dbt's manifest (https://schemas.getdbt.com/dbt/manifest), what says something about data; the rest is passed over. */
const nodeSchema = z.object({
  resource_type: z.string(),
  name: z.string(),
  schema: z.string().nullish(),
  alias: z.string().nullish(),
  identifier: z.string().nullish(),
  description: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  depends_on: z.object({ nodes: z.array(z.string()).nullish() }).nullish(),
  columns: z
    .record(
      z.string(),
      z.object({ name: z.string(), description: z.string().nullish(), data_type: z.string().nullish() }),
    )
    .nullish(),
});
const manifestSchema = z.object({
  nodes: z.record(z.string(), z.unknown()),
  sources: z.record(z.string(), z.unknown()).optional(),
  exposures: z.record(z.string(), z.unknown()).optional(),
});

const DESCRIBED = new Set(['model', 'source', 'seed', 'snapshot', 'exposure']);

/** One document for each model, source, seed, snapshot and exposure that is described. Throws `usage` for other JSON. */
export function dbtDocuments(text: string, source: string): KnowledgeDocument[] {
  const manifest = manifestSchema.safeParse(parsed(text));
  if (!manifest.success) {
    throw fail('usage', `${source} is no manifest of dbt.`, {
      next: 'Name target/manifest.json, which dbt writes.',
      place: source,
    });
  }
  const { nodes, sources = {}, exposures = {} } = manifest.data;
  return Object.entries({ ...sources, ...nodes, ...exposures }).flatMap(([id, given]) => {
    const node = nodeSchema.safeParse(given);
    if (!node.success || !DESCRIBED.has(node.data.resource_type)) return [];
    const body = bodyOf(node.data);
    const relation = [node.data.schema, node.data.alias ?? node.data.identifier ?? node.data.name]
      .filter(Boolean)
      .join('.');
    const title = `${node.data.resource_type} ${relation}`;
    return body === ''
      ? []
      : [
          {
            kind: 'dbt' as const,
            source: `${source}#${id}`,
            title,
            chunks: [{ heading: '', body: withoutSecrets(body) }],
          },
        ];
  });
}

function bodyOf({ description, columns, tags, depends_on }: z.infer<typeof nodeSchema>): string {
  const described = Object.values(columns ?? {}).filter((column) => column.description);
  if (!description && described.length === 0) return '';
  const needs = (depends_on?.nodes ?? []).map((id) => id.split('.').at(-1));
  return [
    description ?? '',
    ...described.map(
      ({ name, data_type, description: text }) => `${name}${data_type ? ` (${data_type})` : ''}: ${text}`,
    ),
    ...(tags && tags.length > 0 ? [`Tags: ${tags.join(', ')}`] : []),
    ...(needs.length > 0 ? [`Made of: ${needs.join(', ')}`] : []),
  ]
    .filter((line) => line !== '')
    .join('\n')
    .replaceAll('\0', '')
    .slice(0, 20_000);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
