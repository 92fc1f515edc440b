import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion/script';
import { load } from '../load';
import { examples, type Execute, flagsOf } from './register';

/** `completion`, and the hidden command that the scripts ask for words that only a running stack knows. */
export function registerCompletion(program: Command, execute: Execute): void {
  program
    .command('completion')
    .helpGroup('The stack:')
    .description('print a script that completes commands, options, goal files and run ids')
    .addArgument(new Argument('<SHELL>', 'your shell').choices(SHELLS))
    .action((shell: Shell, _options: object, command: Command) =>
      execute(() => {
        const script = completionScript(program, shell);
        return Promise.resolve({ document: { shell, script }, text: script.trimEnd(), exitCode: 0 });
      }, flagsOf(command)),
    )
    .addHelpText(
      'after',
      examples(
        ['source <(sluice completion bash)', 'in ~/.bashrc'],
        ['source <(sluice completion zsh)', 'in ~/.zshrc, after compinit'],
        ['sluice completion fish | source', 'in ~/.config/fish/config.fish'],
      ),
    );
  program
    .command('__words', { hidden: true })
    .argument('<what>')
    .action((what: string, _options: object, command: Command) =>
      execute((terminal) => load.words()(terminal, what), flagsOf(command)),
    );
}
