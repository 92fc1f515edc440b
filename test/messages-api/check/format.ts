import { invalid } from '../errors';

/** Keywords that constrained output cannot keep; the SDK's helper turns them into words of the description. */
const UNSUPPORTED = new Set([
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength'],
  ...['maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'patternProperties', 'oneOf', 'not', 'if'],
]);

/** `output_config.format`, and the input schema of a strict tool. */
export function checkFormat(value: unknown): void {
  const { type, schema } = value as Record<string, unknown>;
  if (type !== 'json_schema') throw invalid(`output_config.format.type: Input should be 'json_schema'`);
  if (typeof schema !== 'object' || schema === null)
    throw invalid('output_config.format.schema: Field required');
  checkStrict(schema, 'output_config.format.schema');
}

export function checkStrict(schema: unknown, where: string): void {
  if (Array.isArray(schema)) return schema.forEach((one, at) => checkStrict(one, `${where}.${at}`));
  if (typeof schema !== 'object' || schema === null) return;
  const given = schema as Record<string, unknown>;
  for (const key of Object.keys(given))
    if (UNSUPPORTED.has(key))
      throw invalid(`${where}: For '${String(given.type)}' type, property '${key}' is not supported`);
  if (given.type === 'object' && given.additionalProperties !== false)
    throw invalid(`${where}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  for (const key of ['properties', '$defs', 'definitions'])
    for (const [name, one] of Object.entries(given[key] ?? {})) checkStrict(one, `${where}.${key}.${name}`);
  for (const key of ['items', 'anyOf', 'allOf', 'prefixItems'])
    if (given[key] !== undefined) checkStrict(given[key], `${where}.${key}`);
}
