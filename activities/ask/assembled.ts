import type { Registry } from '../../capabilities/document';
import { loadRoles } from '../../llm/roles/load';
import type { Role } from '../../llm/roles/role';
import { fail } from '../../schemas/errors';
import { controlTools } from './control';
import { outputs } from './outputs';
import type { AskParts } from './parts';
import { openingFor, systemPrompt } from './prompt';
import { readingTools } from './tools';
import type { Tool } from './tools/tool';

/** What the agent loop of a worker is given: the role files, the tools they name, the prompts made of them. */
export function assembleParts(
  registry: Registry,
  reading: ReadonlyMap<string, Tool> = readingTools,
  roles: ReadonlyMap<string, Role> = loadRoles(),
): AskParts {
  const tools = new Map<string, readonly Tool[]>();
  return {
    roles,
    toolsOf(role) {
      let known = tools.get(role.name);
      if (!known) {
        known = [...readingOf(role, reading), ...controlTools(role, roles, registry)];
        tools.set(role.name, known);
      }
      return known;
    },
    systemPrompt,
    opening: openingFor,
    outputOf(role) {
      const output = outputs.get(role.output);
      if (output) return output;
      throw fail(
        'internal',
        `The role ${role.name} names the output ${role.output}, which there is none of.`,
        {
          next: `Name one of ${[...outputs.keys()].join(', ')}.`,
        },
      );
    },
  };
}

function readingOf(role: Role, reading: ReadonlyMap<string, Tool>): Tool[] {
  return role.tools.flatMap((name) => reading.get(name) ?? []);
}
