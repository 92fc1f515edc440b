import { type CommandWords, everyCommand, type OptionWords, type Values } from './words';

export function zshScript(program: CommandWords): string {
  const commands = everyCommand(program);
  const below = commands.filter((command) => command.path !== '');
  return `#compdef sluice
# Completes sluice in zsh. Load it after compinit with: source <(sluice completion zsh)
_sluice() {
  local cmd= word prev=\${words[CURRENT-1]}
  local -a items
  integer i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${cmd:+$cmd }\${words[i]}"
    case "$word" in
      ${below.map(({ path }) => quote(path)).join('|')}) cmd=$word ;;
    esac
  done

  case "$cmd $prev" in
${commands.flatMap(optionValues).join('\n')}
  esac

  if [[ \${words[CURRENT]} == -* ]]; then
    case "$cmd" in
${commands.map((command) => `      ${quote(command.path)}) items=(${command.options.flatMap(described).join(' ')}) ;;`).join('\n')}
    esac
    _describe -o option items
    return
  fi

  case "$cmd" in
${commands.map((command) => `    ${quote(command.path)}) ${argument(command)} ;;`).join('\n')}
  esac
}
compdef _sluice sluice
`;
}

function optionValues({ path, options }: CommandWords): string[] {
  return options
    .filter((option) => option.values !== undefined)
    .map(({ names, values }) => {
      const patterns = names.map((name) => quote(`${path} ${name}`)).join('|');
      return `    ${patterns}) ${values!.kind === 'choices' ? `compadd -- ${values!.choices.join(' ')}` : ':'}; return ;;`;
    });
}

function argument({ commands, argument: values }: CommandWords): string {
  if (commands.length === 0) return valuesOf(values);
  const items = commands.map(({ path, summary }) => item(path.split(' ').at(-1)!, summary));
  const also = values.kind === 'none' ? '' : `; ${valuesOf(values)}`;
  return `items=(${items.join(' ')}); _describe command items${also}`;
}

function valuesOf(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return `compadd -- ${values.choices.join(' ')}`;
    case 'files':
      return `_files -g '*.(yaml|yml|json)'`;
    case 'runs':
    case 'asks':
    case 'secrets':
    case 'goals':
    case 'standing':
      // The program that is being typed is the one to ask: it may be ./bin/sluice.
      return `compadd -- \${(f)"$(\${words[1]} __words ${values.kind} 2>/dev/null)"}`;
    case 'none':
      return ':';
  }
}

const described = ({ names, summary }: OptionWords): string[] => names.map((name) => item(name, summary));

/** `name:what it is`; a colon in it would end the name. */
const item = (name: string, summary: string): string => quote(`${name}:${summary.replaceAll(':', '\\:')}`);

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
