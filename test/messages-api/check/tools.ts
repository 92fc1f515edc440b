import { invalid } from '../errors';
import type { ModelFacts } from '../models';
import { checkStrict } from './format';

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;

export function checkTools(
  tools: unknown,
  choice: unknown,
  model: string,
  facts: ModelFacts,
  thinking: unknown,
): void {
  const names = new Set<string>();
  if (tools !== undefined && !Array.isArray(tools)) throw invalid('tools: Input should be a valid list');
  for (const [at, tool] of ((tools as unknown[]) ?? []).entries()) {
    const { type, name, input_schema, strict } = tool as Record<string, unknown>;
    const where = `tools.${at}`;
    if (typeof name !== 'string' || !NAME.test(name))
      throw invalid(`${where}.name: String should match pattern '${NAME.source}'`);
    if (names.has(name)) throw invalid(`${where}: Tool names must be unique.`);
    names.add(name);
    // The service's own tools have a type and no schema.
    if (type !== undefined && type !== null && type !== 'custom') continue;
    if (typeof input_schema !== 'object' || input_schema === null)
      throw invalid(`${where}.custom.input_schema: Field required`);
    const schema = input_schema as Record<string, unknown>;
    if (schema.type !== 'object')
      throw invalid(`${where}.custom.input_schema.type: Input should be 'object'`);
    for (const key of ['oneOf', 'anyOf', 'allOf'])
      if (key in schema)
        throw invalid(
          `${where}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`,
        );
    if (strict === true) checkStrict(schema, `${where}.custom.input_schema`);
  }
  if (choice === undefined) return;
  const { type, name } = (choice ?? {}) as Record<string, unknown>;
  if (!['auto', 'any', 'tool', 'none'].includes(type as string))
    throw invalid(`tool_choice.type: Input tag '${String(type)}' does not match any of the expected tags`);
  if (names.size === 0) throw invalid('tool_choice may only be specified while providing tools.');
  if (type !== 'any' && type !== 'tool') return;
  if (!facts.forcedToolChoice)
    throw invalid(`tool_choice.type: forced tool use ("${type}") is not supported for ${model}; use "auto"`);
  const { type: mode } = (thinking ?? {}) as { type?: string };
  if (mode === 'adaptive' || mode === 'enabled')
    throw invalid('Thinking may not be enabled when tool_choice forces tool use.');
  if (type === 'tool' && !names.has(name as string))
    throw invalid(`Tool '${String(name)}' not found in provided tools`);
}
