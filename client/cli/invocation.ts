import path from 'node:path';
import { onPath } from '../../runtime/temporal/binary';

const COMMANDS =
  'plan|apply|ask|asks|recover|costs|knowledge|memory|policy|runs|show|approve|reject|undo|cancel|retry|schedule|standing|up|down|status|doctor|secret|codec-server|diff|worker|deploy|completion|user|token|login|logout|whoami';

/**
 * How this program is called here, so that commands that are shown can be copied: `sluice` where the shell finds it,
 * else its path, as from a fresh clone. `script` is `process.argv[1]`.
 */
export function commandName(script: string | undefined, cwd: string, env: NodeJS.ProcessEnv): string {
  if (script === undefined || path.basename(script) !== 'sluice' || onPath('sluice', env)) return 'sluice';
  const relative = path.relative(cwd, script);
  return relative.startsWith('..') ? script : `./${relative}`;
}

/** A text of ours, the commands in it as they have to be typed here. */
export function asTyped(text: string, command: string): string {
  if (command === 'sluice') return text;
  return text.replace(new RegExp(`(?<![\\w/])sluice (?=(?:${COMMANDS})\\b)`, 'g'), `${command} `);
}
