import { z, type ZodType } from 'zod';
import type { Planned } from '../../../schemas/ask';
import type { Fault } from '../../../schemas/errors';
import { givenOnly } from '../knowledge/cited';
import type { RecoveryDiagnosis } from '../outputs/planned';
import type { Tool } from '../tools/tool';
import type { VetGoal } from '../vet/goal';
import { isObject, objectIn, type Read, validated } from './arguments';
import { repair } from './faults';
import { type JsonSchema, jsonSchemaOf } from './goal-schema';

/** The planner's typed output, or the recovery specialist's, which says the cause besides. */
export type Submitted = Planned & Partial<Pick<RecoveryDiagnosis, 'cause' | 'category' | 'evidence'>>;

/** How a goal document is handed in: it is vetted as a whole, and what passes is rehearsed. */
export function submitGoal(output: ZodType, goal: JsonSchema, vet: VetGoal): Tool {
  return {
    name: 'submit_goal',
    description:
      'Hands in the whole goal document with what it rests on. It is vetted (names, types, rules, scope) and rehearsed on a copy of the warehouse’s structure; faults come back with the place of each. At most three rounds.',
    input: z.unknown().meta(schemaFor(output, goal)),
    async run(input, ctx) {
      const read = submitted(input, output);
      if (!read.ok) return repair(read.faults, 'submit_goal');
      ctx.heartbeat();
      const vetted = await vet(read.value, ctx);
      if (!vetted.ok) return repair(vetted.faults, 'submit_goal');
      const { citations, notes } = await givenOnly(read.value.citations, ctx);
      const asked = { ...vetted.bundle.asked!, citations };
      const { artifacts } = ctx.services.store;
      const document = { ...read.value, citations, document: vetted.document };
      const [stored, bundle] = await Promise.all([
        artifacts.putJson('ask_output', document),
        artifacts.putJson('bundle', { ...vetted.bundle, asked }),
      ]);
      const { beyond } = asked;
      return {
        content: {
          accepted: true,
          ...(vetted.notes.length + notes.length > 0 ? { notes: [...vetted.notes, ...notes] } : {}),
          ...(beyond.length > 0
            ? { beyond: beyond.map(({ what, name, reason }) => ({ what, name, reason })) }
            : {}),
          next: 'It is rehearsed now.',
        },
        effect: { kind: 'rehearse', bundle, goal: vetted.bundle.goal.goal, output: stored },
      };
    },
  };
}

/** The output's own schema, with the goal in the place of a document of any form. */
function schemaFor(output: ZodType, goal: JsonSchema): JsonSchema {
  const { properties, required, ...rest } = jsonSchemaOf(output);
  const { document: _document, ...others } = properties as JsonSchema;
  return {
    ...rest,
    properties: { goal, ...others },
    required: ['goal', ...(required as string[]).filter((key) => key !== 'document')],
  };
}

/** The arguments, whether the document lies under `goal`, under `document`, or is all there is. */
function submitted(input: unknown, output: ZodType): Read<Submitted> {
  const args = objectIn(input, 'goal');
  if (!args.ok) return args;
  const { goal, document, ...rest } = args.value;
  const nested = goal ?? document;
  if (isObject(goal) && document !== undefined && JSON.stringify(goal) !== JSON.stringify(document))
    return {
      ok: false,
      faults: [{ path: 'document', message: 'is another document than goal: give one, as goal' }],
    };
  const bare = typeof goal === 'string' && Array.isArray(rest.steps);
  const holder = bare ? split(args.value, output) : { document: nested, rest };
  if (holder.document === undefined)
    return { ok: false, faults: [{ path: 'goal', message: 'is missing: give the whole goal document' }] };
  const read = objectIn(holder.document, 'goal');
  if (!read.ok) return read;
  const { explanation, citations, ...others } = holder.rest;
  const value = {
    ...others,
    document: read.value,
    explanation: explanation ?? read.value.description,
    ...(citations === undefined ? {} : { citations: citationsOf(citations) }),
  };
  const valid = validated(value, output) as Read<Submitted>;
  return valid.ok ? valid : { ok: false, faults: valid.faults.map(renamed) };
}

/** Of a document that was given without anything around it: its own keys, and those of the output. */
function split(
  args: Record<string, unknown>,
  output: ZodType,
): { document: unknown; rest: Record<string, unknown> } {
  const known = new Set(Object.keys(jsonSchemaOf(output).properties as JsonSchema));
  const entries = Object.entries(args);
  return {
    document: Object.fromEntries(entries.filter(([key]) => !known.has(key))),
    rest: Object.fromEntries(entries.filter(([key]) => known.has(key))),
  };
}

/** A source alone says what it is; why it was used is then not said. */
function citationsOf(given: unknown): unknown {
  if (!Array.isArray(given)) return given;
  return given.map((each: unknown) =>
    typeof each === 'string'
      ? { source: each, title: each.slice(each.indexOf(':') + 1) || each, why: 'named as a source' }
      : each,
  );
}

/** The model's arguments call it `goal`. */
const renamed = ({ path, message }: Fault): Fault => ({
  path: path.replace(/^document\b/, 'goal'),
  message,
});
