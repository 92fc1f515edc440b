import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { completionScript } from '../../../client/cli/completion/script';
import { everyCommand, wordsOf } from '../../../client/cli/completion/words';
import { createProgram } from '../../../client/cli/program';
import { folder } from '../support/files';

const program = createProgram(() => Promise.resolve(), { out: () => undefined, err: () => undefined });

/** What bash offers for the last of the words. A program called `sluice` is there that knows two runs. */
function complete(...words: string[]): string[] {
  const root = folder({
    script: completionScript(program, 'bash'),
    'goal.yaml': '',
    'my goal.yml': '',
    'notes.txt': '',
    'sub/x': '',
    sluice:
      "#!/bin/sh\n[ \"$1 $2\" = \"__words runs\" ] && printf '%s\\n' 'flights-1' 'other-1' 'f$(touch pwned)'\n[ \"$1 $2\" = \"__words asks\" ] && printf '%s\\n' 'ask-1' 'last'\n",
  });
  chmodSync(path.join(root, 'sluice'), 0o755);
  const test = `source ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sluice; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', test, 'bash', ...words], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: `${root}:${process.env.PATH}` },
  });
  return out.split('\n').filter((line) => line !== '');
}

describe('in bash', () => {
  it.each<[string[], string[]]>([
    [
      ['sluice', 'ap'],
      ['apply', 'approve'],
    ],
    [
      ['sluice', 'secret', ''],
      ['set', 'generate', 'list', 'remove'],
    ],
    [
      ['sluice', 'plan', ''],
      ['goal.yaml', 'my goal.yml', 'sub'],
    ],
    [['sluice', 'runs', '--status', 'wa'], ['waiting']],
    [['sluice', 'show', 'fl'], ['flights-1']],
    [['sluice', 'asks', 'show', 'a'], ['ask-1']],
    [['sluice', '--json', 'apply', '--allow'], ['--allow-destructive']],
    [['sluice', 'plan', '--param', 'g'], []],
    [['sluice', 'completion', 'b'], ['bash']],
    [['sluice', 'up', ''], []],
  ])('%j gives %j', (words, offered) => {
    expect(complete(...words)).toEqual(offered);
  });

  it('what the words hold is not run', () => {
    expect(complete('sluice', 'undo', 'f$')).toEqual(['f$(touch pwned)']);
  });

  it('the script is one that bash accepts', () => {
    execFileSync('bash', ['-n'], { input: completionScript(program, 'bash') });
  });
});

describe.each(['bash', 'zsh', 'fish'] as const)('the script for %s', (shell) => {
  const script = completionScript(program, shell);
  const commands = everyCommand(wordsOf(program)).filter((command) => command.path !== '');

  it('has every command and every option that the program has', () => {
    expect(commands.map((command) => command.path)).toEqual(
      expect.arrayContaining(['plan', 'secret set', 'completion']),
    );
    for (const { path: command, options } of commands) {
      expect(script).toContain(`'${command}'`);
      for (const long of options.flatMap((option) => option.names).filter((name) => name.startsWith('--'))) {
        expect(script).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
      }
    }
  });

  it('has nothing hidden in it but the question for words', () => {
    expect(commands.map((command) => command.path)).not.toContain('__words');
    expect(script).toMatch(/__words (runs|"\$1"|\$argv\[1\])/);
  });
});
