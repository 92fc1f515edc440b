import { z } from 'zod';
import type { Role } from '../../../llm/roles/role';
import { GOAL_OUTPUTS } from '../outputs';
import type { Tool } from '../tools/tool';
import { objectIn, validated } from './arguments';
import { repair } from './faults';
import { jsonSchemaOf } from './goal-schema';
import { materialOf } from './material';

/** Whom one may consult: specialists, that is everybody who does not hand in a goal of their own. */
export function consultable(roles: ReadonlyMap<string, Role>): Role[] {
  return [...roles.values()].filter((role) => !GOAL_OUTPUTS.has(role.output));
}

/** Hands a part of the work to a specialist, who sees nothing but the task. */
export function consult(roles: ReadonlyMap<string, Role>): Tool {
  const known = consultable(roles);
  const names = known.map(({ name }) => name);
  const schema = z.strictObject({
    role: z.enum(names),
    task: z
      .string()
      .trim()
      .min(1)
      .max(20_000)
      .describe('Everything the specialist needs: it sees nothing of this conversation.'),
    material: z
      .strictObject({
        file: z.string().min(1).max(500).optional().describe('A text file below the root of files.'),
        run: z.string().min(1).max(200).optional().describe('The id of a run: its record and errors.'),
        documents: z
          .array(z.string().min(1).max(200))
          .min(1)
          .max(8)
          .optional()
          .describe('Ids that search_documents gave: knowledge:12, comment:raw.flights.'),
      })
      .optional()
      .describe(
        'Only for reader (file, documents) and log_reader (run), who have no tools: the text they are to read.',
      ),
  });
  const untooled = new Set(known.filter(({ tools }) => tools.length === 0).map(({ name }) => name));
  return {
    name: 'consult',
    description: `Asks a specialist for a part of the work and waits for its typed answer, which is a proposal to you and no more. ${known
      .map(({ name, summary }) => `${name}: ${summary}`)
      .join(' ')}`,
    input: z.unknown().meta(jsonSchemaOf(schema)),
    async run(input, ctx) {
      const args = objectIn(input, 'task');
      const read = args.ok ? validated(args.value, schema) : args;
      if (!read.ok) return repair(read.faults, 'consult');
      const { role, task, material } = read.value;
      if (material && !untooled.has(role)) {
        const message = `only ${[...untooled].join(' and ')} are shown text as it is; ${role} has tools to look with`;
        return repair([{ path: 'material', message }], 'consult');
      }
      const shown = material ? `${task}\n\n${await materialOf(material, ctx)}` : task;
      const stored = await ctx.services.store.artifacts.put('ask_task', Buffer.from(shown));
      return { content: { consulted: role }, effect: { kind: 'consult', role, task: stored } };
    },
  };
}
