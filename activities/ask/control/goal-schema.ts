import { z, type ZodType } from 'zod';
import type { Registry } from '../../../capabilities/document';
import { goalHeadSchema, stepBaseSchema } from '../../../schemas/goal';

export type JsonSchema = Record<string, unknown>;

/** A zod schema as the model is given it: what may be written, before defaults and transformations. */
export function jsonSchemaOf(schema: ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
  }) as JsonSchema;
  return rest;
}

/**
 * The goal document as a model may write it: the published head, and steps of the given kinds with the schemas of their
 * capabilities. So a kind is known to the model by being registered and named in a role file.
 */
export function goalJsonSchema(registry: Registry, kinds: ReadonlySet<string>): JsonSchema {
  const head = jsonSchemaOf(goalHeadSchema.omit({ steps: true }));
  const base = jsonSchemaOf(stepBaseSchema);
  const steps = [...registry]
    .filter(([kind]) => kinds.has(kind))
    .map(([kind, { input, summary }]) => ({
      type: 'object',
      description: summary,
      properties: { ...(base.properties as JsonSchema), [kind]: jsonSchemaOf(input) },
      required: ['id', kind],
      additionalProperties: false,
    }));
  return {
    type: 'object',
    description: 'The goal document. Each step has exactly one kind.',
    properties: {
      ...(head.properties as JsonSchema),
      steps: { type: 'array', minItems: 1, items: { anyOf: steps } },
    },
    required: ['apiVersion', 'goal', 'steps'],
    additionalProperties: false,
  };
}
