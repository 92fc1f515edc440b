import { type CommandWords, everyCommand, type Values } from './words';

/** Works in bash 3.2, which macOS has, without the bash-completion package. */
export function bashScript(program: CommandWords): string {
  const commands = everyCommand(program);
  const below = commands.filter((command) => command.path !== '');
  return `# Completes sluice in bash. Load it with: source <(sluice completion bash)
_sluice_reply() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

# Not compgen -W: it would expand what the words hold.
_sluice_words() {
  local line
  while IFS= read -r line; do
    [[ $line == "$2"* ]] && COMPREPLY+=("$line")
  done < <("\${COMP_WORDS[0]}" __words "$1" 2>/dev/null)
}

_sluice_files() {
  compopt -o filenames 2>/dev/null
  _sluice_reply < <(compgen -f -X '!*.yaml' -- "$1"; compgen -f -X '!*.yml' -- "$1"; compgen -f -X '!*.json' -- "$1"; compgen -d -- "$1")
}

_sluice() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} cmd= word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="$cmd \${COMP_WORDS[i]}"
    case "\${word# }" in
      ${below.map(({ path }) => quote(path)).join('|')}) cmd=\${word# } ;;
    esac
  done

  case "$cmd $prev" in
${optionValues(commands).join('\n')}
  esac

  if [[ $cur == -* ]]; then
    case "$cmd" in
${commands.map((command) => `      ${quote(command.path)}) ${reply(command.options.flatMap((option) => option.names))} ;;`).join('\n')}
    esac
    return
  fi

  case "$cmd" in
${commands.map((command) => `    ${quote(command.path)}) ${argument(command)} ;;`).join('\n')}
  esac
}
complete -F _sluice sluice
`;
}

function optionValues(commands: CommandWords[]): string[] {
  return commands.flatMap(({ path, options }) =>
    options
      .filter((option) => option.values !== undefined)
      .map(({ names, values }) => {
        const patterns = names.map((name) => quote(`${path} ${name}`)).join('|');
        return `    ${patterns}) ${values!.kind === 'choices' ? reply(values!.choices) : ':'}; return ;;`;
      }),
  );
}

function argument({ commands, argument: values }: CommandWords): string {
  const below = commands.map(({ path }) => path.split(' ').at(-1)!);
  if (below.length === 0) return valuesReply(values);
  return [reply(below), ...(values.kind === 'none' ? [] : [valuesReply(values)])].join('; ');
}

function valuesReply(values: Values): string {
  switch (values.kind) {
    case 'choices':
      return reply(values.choices);
    case 'files':
      return '_sluice_files "$cur"';
    case 'runs':
    case 'asks':
    case 'secrets':
    case 'goals':
    case 'standing':
      // The program that is being typed is the one to ask: it may be ./bin/sluice.
      return `_sluice_words ${values.kind} "$cur"`;
    case 'none':
      return ':';
  }
}

const reply = (words: readonly string[]): string =>
  `_sluice_reply < <(compgen -W ${quote(words.join(' '))} -- "$cur")`;

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
