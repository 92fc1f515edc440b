import type { GivenParams } from '../../../capabilities/params';
import { openSecrets } from '../../../governance/open-secrets';
import { loadConfig } from '../../../runtime/config';
import { existingHome, findConfig } from '../../../runtime/home';
import { rolePasswords } from '../../../runtime/secrets';
import { readStack } from '../../../runtime/stack-file';
import { fail } from '../../../schemas/errors';
import type { Target } from '../../../warehouses/postgres/options';
import { registry } from '../../../capabilities/registry';
import { readBundle } from '../../core/bundle';
import { compareSides, type Difference } from '../../core/diff/compare';
import { relationsOf } from '../../core/diff/relations';
import { lookAtSide } from '../../core/diff/side';
import type { CommandResult, Terminal } from '../terminal';
import { homeOf } from '../home';

/** `sluice diff FILE --env a --env b`: exit 0 when the goal's relations are the same in both, 1 when they differ. */
export async function diff(
  terminal: Terminal,
  file: string,
  { param }: { param?: GivenParams },
): Promise<CommandResult> {
  const [a, b, ...more] = terminal.environments;
  if (a === undefined || b === undefined || more.length > 0) {
    throw fail('usage', 'Two environments are compared.', {
      next: 'sluice diff FILE --env staging --env production',
    });
  }
  const bundles = await Promise.all([a, b].map((name) => readBundle(file, registry, param, 'person', name)));
  const relations = [...new Set((await Promise.all(bundles.map(relationsOf))).flat())].sort();
  const { cwd, env } = terminal.surroundings;
  const home = homeOf(terminal);
  const secrets = openSecrets(loadConfig(findConfig(home, cwd)).secrets, home, env);
  const [one, other] = await Promise.all(
    bundles.map((bundle) => lookAtSide(bundle, relations, secrets.resolve, localTarget(home))),
  );
  const differences = compareSides(one!, other!, relations);
  return {
    document: { goal: bundles[0]!.goal.goal, a, b, relations, equal: differences.length === 0, differences },
    text: render(terminal, [a, b], relations, differences),
    exitCode: differences.length === 0 ? 0 : 1,
  };
}

function localTarget(home: string): Target | undefined {
  const paths = existingHome(home);
  const port = readStack(paths)?.postgres.port;
  if (port === undefined) return undefined;
  const login = { user: 'sluice_reader', password: rolePasswords(paths).sluice_reader };
  return { host: '127.0.0.1', port, database: 'warehouse', login };
}

function render(
  { out: { paint } }: Terminal,
  [a, b]: [string, string],
  relations: readonly string[],
  differences: readonly Difference[],
): string {
  if (differences.length === 0)
    return `The same in ${a} and ${b}: ${relations.join(', ') || 'no relations'}.`;
  const width = Math.max(a.length, b.length);
  const lines = relations.flatMap((relation) => {
    const found = differences.filter((difference) => difference.relation === relation);
    if (found.length === 0) return [];
    return [
      paint.bold(relation),
      ...found.flatMap(({ what, identity, a: one, b: other }) => [
        `  ${what}${identity === relation ? '' : ` ${identity}`}`,
        `    ${a.padEnd(width)}  ${one ?? paint.dim('is not there')}`,
        `    ${b.padEnd(width)}  ${other ?? paint.dim('is not there')}`,
      ]),
    ];
  });
  return [`${differences.length} differences between ${a} and ${b}`, '', ...lines].join('\n');
}
