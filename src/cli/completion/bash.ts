import { commands } from '../../commands/index.ts'
import { options } from '../../commands/options.ts'
import { COMMANDS, optionNames, optionsFor, quote, spellings, WITH_VALUE } from './tables.ts'

const NAMES = COMMANDS.map(([name]) => name)

/**
 * It needs no bash-completion, and works in bash 3.2, which macOS has. Bash splits `--semver=minor` at the equals sign, so that the
 * value is a word of its own.
 */
export function bashScript(): string {
  return `# Completion of dock-lock for bash, made by: dock-lock completion bash
_dock_lock() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command= operands=0 only= index word
  COMPREPLY=()
  if [[ $current == '=' ]]; then
    current=
  elif [[ $previous == '=' ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ -n $only ]]; then
      operands=$((operands + 1))
      continue
    fi
    case $word in
      --) only=$index ;;
      ${WITH_VALUE.join('|')})
        [[ \${COMP_WORDS[index+1]} == '=' ]] && index=$((index + 1))
        index=$((index + 1)) ;;
      -*) ;;
      ${['help', ...NAMES].join('|')})
        if [[ -z $command && $operands == 0 ]]; then
          command=$word
        else
          operands=$((operands + 1))
        fi ;;
      *) operands=$((operands + 1)) ;;
    esac
  done
  if [[ -z $only ]]; then
    case $previous in
${values()}
      ${WITH_VALUE.join('|')}) return ;;
    esac
    if [[ $current == -* ]]; then
      case $command in
${['', ...NAMES].map(name => `        ${name === '' ? "''" : name}) _dock_lock_words ${quote(optionsFor(name).flatMap(spellings).join(' '))} ;;`).join('\n')}
      esac
      return
    fi
  elif [[ $command == run ]]; then
    [[ $operands == 0 ]] && _dock_lock_add compgen -c -- "$current" || _dock_lock_files -f
    return
  fi
  case $command:$operands in
    :0)
      [[ -z $only ]] && _dock_lock_words ${quote(NAMES.join(' '))}
      _dock_lock_files -f ;;
    help:0) _dock_lock_words ${quote(NAMES.join(' '))} ;;
${operands()}
  esac
}
_dock_lock_add() {
  local word
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <("$@")
}
_dock_lock_words() {
  _dock_lock_add compgen -W "$1" -- "$current"
}
_dock_lock_files() {
  compopt -o filenames 2>/dev/null
  _dock_lock_add compgen "$1" -- "$current"
}
complete -F _dock_lock dock-lock
`
}

/** What comes after an option. */
function values(): string {
  return optionNames()
    .flatMap(name => {
      const { offers } = options[name]
      if (offers === undefined) return []
      const action =
        offers === 'folders' ? '_dock_lock_files -d' : `_dock_lock_words ${quote(offers.join(' '))}`
      return [`      ${spellings(name).join('|')}) ${action}; return ;;`]
    })
    .join('\n')
}

function operands(): string {
  return Object.entries(commands)
    .flatMap(([name, { words, takesFiles }]) => [
      ...(words === undefined ? [] : [`    ${name}:0) _dock_lock_words ${quote(words.join(' '))} ;;`]),
      ...(takesFiles === true ? [`    ${name}:*) _dock_lock_files -f ;;`] : []),
    ])
    .concat('    :*) _dock_lock_files -f ;;')
    .join('\n')
}
