import { commands } from '../../commands/index.ts'
import { type OptionName, options } from '../../commands/options.ts'
import { COMMANDS, optionsFor, quote, spellings, WITH_VALUE } from './tables.ts'

/** For `source <(…)` after compinit, or as a file `_dock-lock` in a folder of fpath. */
export function zshScript(): string {
  const names = COMMANDS.map(([name]) => name)
  return `#compdef dock-lock
# Completion of dock-lock for zsh, made by: dock-lock completion zsh
_dock-lock() {
  local command= index
  local -a specs
  for ((index = 2; index < CURRENT; index++)); do
    case $words[index] in
      (--) break ;;
      (${WITH_VALUE.join('|')}) ((index++)) ;;
      (-*) ;;
      (${['help', ...names].join('|')})
        command=$words[index]
        words[index]=()
        ((CURRENT--))
        break ;;
      (*) break ;;
    esac
  done
  case $command in
    ('')
      specs=(
${specs('', ["'1:command or file:_dock-lock_first'", "'*:file:_files'"])}
      ) ;;
    (help) specs=('1:command:_dock-lock_commands') ;;
${names.map(name => `    (${name})\n      specs=(\n${specs(name, operands(name))}\n      ) ;;`).join('\n')}
  esac
  _arguments -s -S $specs
}
_dock-lock_commands() {
  local -a names=(
${COMMANDS.map(([name, summary]) => `    ${quote(`${name}:${summary}`)}`).join('\n')}
  )
  _describe -t commands command names
}
_dock-lock_first() {
  _alternative 'commands:command:_dock-lock_commands' 'files:file:_files'
}
if [[ $funcstack[1] == _dock-lock ]]; then
  _dock-lock "$@"
else
  compdef _dock-lock dock-lock
fi
`
}

function specs(command: string, operands: readonly string[]): string {
  return [...optionsFor(command).flatMap(optionSpecs), ...operands].map(spec => `        ${spec}`).join('\n')
}

/** @see zshcompsys(1), _arguments */
function optionSpecs(name: OptionName): readonly string[] {
  const { type, multiple, value = '', offers, help } = options[name]
  const offered = offers === 'folders' ? '_files -/' : offers === undefined ? ' ' : `(${offers.join(' ')})`
  const text = `[${help.replace(/[[\]\\]/g, '\\$&')}]`
  const written = spellings(name)
  const before = multiple === true ? '*' : written.length > 1 ? `(${written.join(' ')})` : ''
  return written.map(spelling => {
    if (type === 'boolean') return quote(`${before}${spelling}${text}`)
    return quote(`${before}${spelling}${spelling.startsWith('--') ? '=' : '+'}${text}:${value}:${offered}`)
  })
}

function operands(command: string): readonly string[] {
  if (command === 'run') return ["'(-)1:program:_command_names -e'", "'*::argument:_normal'"]
  const { words, takesFiles } = commands[command] ?? {}
  return [
    ...(words === undefined ? [] : [quote(`1:word:(${words.join(' ')})`)]),
    ...(takesFiles === true ? [quote('*:file:_files')] : []),
  ]
}
