import { z } from 'zod';
import type { ModelRequest } from '../../../llm/request';
import type { Role } from '../../../llm/roles/role';
import { digestOf } from '../../../store/digest';
import type { Services } from '../../services';

/** What every call of a role begins with. */
export interface Prompt {
  system: string;
  tools: ModelRequest['tools'];
  format?: Record<string, unknown>;
  /** Hash of all of it and of the role file. */
  version: string;
}

/** Roles and tools do not change while a worker lives. */
const prompts = new WeakMap<Role, Prompt>();

export function promptOf({ ask }: Services, role: Role): Prompt {
  let prompt = prompts.get(role);
  if (!prompt) {
    const system = ask.systemPrompt(role);
    const tools = ask.toolsOf(role).map(({ name, description, input }) => ({
      name,
      description,
      input_schema: { type: 'object' as const, ...schemaOf(input) },
    }));
    const format = role.tools.length === 0 && tools.length === 0 ? schemaOf(ask.outputOf(role)) : undefined;
    prompt = {
      system,
      tools,
      ...(format ? { format } : {}),
      version: digestOf({ role: role.version, system, tools, format: format ?? null }),
    };
    prompts.set(role, prompt);
  }
  return prompt;
}

function schemaOf(type: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' });
  return schema;
}
