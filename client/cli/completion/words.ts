import type { Argument, Command, Option } from 'commander';

/** What may be typed for an argument or an option's value. */
export type Values =
  | { kind: 'files' | 'runs' | 'asks' | 'secrets' | 'goals' | 'standing' | 'none' }
  | { kind: 'choices'; choices: readonly string[] };

export interface OptionWords {
  names: string[];
  summary: string;
  /** `undefined` for a switch. */
  values?: Values;
}

/** A command as completion sees it: `secret set` has two words. */
export interface CommandWords {
  path: string;
  summary: string;
  commands: CommandWords[];
  options: OptionWords[];
  argument: Values;
}

/** Everything that can be typed, read from the program itself: what it does not have is not completed. */
export function wordsOf(command: Command, path = ''): CommandWords {
  const help = command.createHelp();
  const options = [
    ...help.visibleOptions(command),
    ...(path === '' ? [] : help.visibleGlobalOptions(command)),
  ];
  return {
    path,
    summary: command.description(),
    commands: help
      .visibleCommands(command)
      .filter((sub) => sub.name() !== 'help')
      .map((sub) => wordsOf(sub, `${path} ${sub.name()}`.trim())),
    options: [...new Map(options.map((option) => [option.flags, optionWords(option)])).values()],
    argument: argumentValues(command.registeredArguments[0]),
  };
}

/** The command and all below it, in order. */
export function everyCommand(words: CommandWords): CommandWords[] {
  return [words, ...words.commands.flatMap(everyCommand)];
}

function optionWords(option: Option): OptionWords {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  if (!option.required && !option.optional) return { names, summary: option.description };
  const values: Values = option.argChoices
    ? { kind: 'choices', choices: option.argChoices }
    : { kind: 'none' };
  return { names, summary: option.description, values };
}

function argumentValues(argument: Argument | undefined): Values {
  if (!argument) return { kind: 'none' };
  if (argument.argChoices) return { kind: 'choices', choices: argument.argChoices };
  switch (argument.name()) {
    case 'FILE':
      return { kind: 'files' };
    case 'RUN':
      return { kind: 'runs' };
    case 'ASK':
      return { kind: 'asks' };
    case 'GOAL':
      return { kind: 'goals' };
    case 'STANDING':
      return { kind: 'standing' };
    case 'SECRET':
      return { kind: 'secrets' };
    default:
      return { kind: 'none' };
  }
}
