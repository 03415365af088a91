import { commands } from '../../commands/index.ts'
import { options } from '../../commands/options.ts'
import { COMMANDS, commandsWith, optionNames, quote, WITH_VALUE } from './tables.ts'

export function fishScript(): string {
  const names = COMMANDS.map(([name]) => name)
  return `# Completion of dock-lock for fish, made by: dock-lock completion fish
function __dock_lock_operands --description 'The operands of the line, the command first'
    set -l skip no
    set -l tokens (commandline -opc)
    for token in $tokens[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch $token
            case ${WITH_VALUE.join(' ')}
                set skip yes
            case '-*'
            case '*'
                echo $token
        end
    end
end
function __dock_lock_command --description 'Whether the line names one of these commands; the empty name is none'
    set -l operands (__dock_lock_operands)
    set -l command ''
    if contains -- "$operands[1]" help ${names.join(' ')}
        set command $operands[1]
    end
    contains -- "$command" $argv
end
function __dock_lock_count --description 'Whether the line has that many operands'
    test (count (__dock_lock_operands)) -eq $argv[1]
end
complete -c dock-lock -f
complete -c dock-lock -n '__dock_lock_count 0' -a help -d 'show the help of a command'
${COMMANDS.map(([name, summary]) => `complete -c dock-lock -n '__dock_lock_count 0' -a ${name} -d ${quote(escaped(summary))}`).join('\n')}
complete -c dock-lock -n '__dock_lock_command help; and __dock_lock_count 1' -a ${quote(names.join(' '))}
${operands()}
${optionLines()}
`
}

/** Fish reads single quotes inside single quotes in another way than other shells. */
function escaped(text: string): string {
  return text.replaceAll("'", '’')
}

function operands(): string {
  const lines = Object.entries(commands).flatMap(([name, { words, takesFiles }]) => {
    const isName = `__dock_lock_command ${name}`
    if (words === undefined) return takesFiles === true ? [`complete -c dock-lock -n '${isName}' -F`] : []
    return [
      `complete -c dock-lock -n '${isName}; and __dock_lock_count 1' -a ${quote(words.join(' '))}`,
      ...(takesFiles === true
        ? [`complete -c dock-lock -n '${isName}; and not __dock_lock_count 1' -F`]
        : []),
    ]
  })
  return [
    ...lines,
    `complete -c dock-lock -n '__dock_lock_command ""' -F`,
    `complete -c dock-lock -n '__dock_lock_command run' -x -a '(__fish_complete_subcommand --fcs-skip=2)'`,
  ].join('\n')
}

function optionLines(): string {
  return optionNames()
    .map(name => {
      const { short, type, offers, help } = options[name]
      const taking = commandsWith(name).map(command => command || '""')
      const value =
        type === 'boolean'
          ? ''
          : offers === 'folders'
            ? " -x -a '(__fish_complete_directories)'"
            : offers === undefined
              ? ' -x'
              : ` -x -a ${quote(offers.join(' '))}`
      return `complete -c dock-lock -n '__dock_lock_command ${taking.join(' ')}' -l ${name}${short === undefined ? '' : ` -s ${short}`}${value} -d ${quote(escaped(help))}`
    })
    .join('\n')
}
