import { type CommandWords, everyCommand, type OptionWords, type Values } from './words';

export function fishScript(program: CommandWords): string {
  const commands = everyCommand(program);
  const paths = commands.filter((command) => command.path !== '').map(({ path }) => quote(path));
  return `# Completes sluice in fish. Load it with: sluice completion fish | source
function __sluice_command
    set -l typed (commandline -opc)
    set -l cmd
    for word in $typed[2..-1]
        set -l next (string trim -- "$cmd $word")
        contains -- "$next" ${paths.join(' ')}; and set cmd "$next"
    end
    echo "$cmd"
end

function __sluice_at
    set -l cmd (__sluice_command)
    test "$cmd" = "$argv[1]"
end

# The program that is being typed is the one to ask: it may be ./bin/sluice.
function __sluice_words
    set -l typed (commandline -opc)
    set -l program $typed[1]
    $program __words $argv[1] 2>/dev/null
end

function __sluice_files
    __fish_complete_path (commandline -ct) | string match -r '^.*(?:/|\\.ya?ml|\\.json)(?:\\t.*)?$'
end

complete -c sluice -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf(command: CommandWords): string[] {
  const at = `complete -c sluice -n ${quote(`__sluice_at ${quote(command.path)}`)}`;
  return [
    ...command.commands.map(
      ({ path, summary }) => `${at} -a ${quote(path.split(' ').at(-1)!)} -d ${quote(summary)}`,
    ),
    ...command.options.map((option) => `${at} ${optionText(option)}`),
    ...argumentText(command.argument).map((text) => `${at} ${text}`),
  ];
}

function optionText({ names, summary, values }: OptionWords): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const value =
    values === undefined
      ? []
      : values.kind === 'choices'
        ? [`-x -a ${quote(values.choices.join(' '))}`]
        : ['-x'];
  return [...flags, ...value, `-d ${quote(summary)}`].join(' ');
}

function argumentText(values: Values): string[] {
  switch (values.kind) {
    case 'choices':
      return [`-a ${quote(values.choices.join(' '))}`];
    case 'files':
      return [`-a '(__sluice_files)'`];
    case 'runs':
    case 'asks':
    case 'secrets':
    case 'goals':
    case 'standing':
      return [`-k -a '(__sluice_words ${values.kind})'`];
    case 'none':
      return [];
  }
}

/** In single quotes fish reads only \\' and \\\\ as something else than they are. */
const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
