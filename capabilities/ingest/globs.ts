import { fail } from '../../schemas/errors';
import type { ParamValue } from '../../schemas/goal';

/** What a value may be to stand in a pattern: nothing that a pattern reads as more than itself, and no way upwards. */
const PLAIN = /^(?!.*\.\.)[A-Za-z0-9_.:+ -]{1,200}$/;

/**
 * Patterns of files with the goal's parameters in them: `deliveries/{day}.csv`. Braces that name no parameter stay
 * what they are to a pattern. Throws `invalid_goal` for a value that would be more than a name.
 */
export function globsWith(globs: readonly string[], params: Readonly<Record<string, ParamValue>>): string[] {
  return globs.map((glob) =>
    glob.replace(/\{([a-z][a-z0-9_-]*)\}/g, (braces, name: string) => {
      if (!Object.hasOwn(params, name)) return braces;
      const value = String(params[name]);
      if (PLAIN.test(value)) return value;
      throw fail('invalid_goal', `The parameter "${name}" cannot stand in a pattern of files: ${glob}.`, {
        next: 'Give it a value of letters, digits, ".", "-", "_", ":" and "+".',
        place: `params.${name}`,
      });
    }),
  );
}
