import type { Registry } from '../../../capabilities/document';
import { allowedKinds } from '../../../llm/roles/load';
import type { Role } from '../../../llm/roles/role';
import { fail } from '../../../schemas/errors';
import { GOAL_OUTPUTS, outputs } from '../outputs';
import type { Tool } from '../tools/tool';
import { goalVetter } from '../vet/goal';
import { outputVetter } from '../vet/output';
import { answer } from './answer';
import { askPerson } from './ask-person';
import { consult } from './consult';
import { decline } from './decline';
import { goalJsonSchema } from './goal-schema';
import { submit } from './submit';
import { submitGoal } from './submit-goal';

/**
 * What ends an agent, or hands on what it needs: the only calls that have an effect beyond looking. A role that writes
 * goals may ask people and consult others; a specialist proposes or declines. A role without tools has none of them
 * either: it answers with its typed output.
 */
export function controlTools(
  role: Role,
  roles: ReadonlyMap<string, Role>,
  registry: Registry,
): readonly Tool[] {
  if (role.tools.length === 0) return [];
  const output = outputs.get(role.output);
  if (!output)
    throw fail('internal', `The role ${role.name} names the output ${role.output}, which there is none of.`, {
      next: `Name one of ${[...outputs.keys()].join(', ')} in llm/roles/${role.name}.yaml.`,
    });
  const kinds = allowedKinds(roles.values());
  if (!GOAL_OUTPUTS.has(role.output)) return [submit(output, outputVetter(registry)), decline];
  const schema = goalJsonSchema(registry, kinds);
  return [
    submitGoal(output, schema, goalVetter(registry, kinds)),
    askPerson,
    ...(roles.size > 1 ? [consult(roles)] : []),
    ...(role.output === 'planned' ? [answer] : []),
    decline,
  ];
}
