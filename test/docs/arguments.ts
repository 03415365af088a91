/** What a page writes in a command, as arguments: placeholders, alternatives and optional parts of a synopsis get values. */

/** Placeholder → what stands for it here. `…` behind it means that there may be several. */
const VALUES: Readonly<Record<string, string>> = {
  IMAGE: 'alpine:3.23',
  PATH: 'Dockerfile',
  FILE: 'Dockerfile',
  DIR: '.',
  RULE: 'unlocked',
  CODE: 'unlocked',
  NAME: 'build',
  COMMAND: 'check',
}
/** As the operand of `init`, and behind `run --`. */
const OTHER_VALUES: readonly (readonly [command: RegExp, word: string, value: string])[] = [
  [/^ init /, 'NAME', 'script'],
  [/^ run -- /, 'COMMAND', 'true'],
]

/** One list of arguments for each alternative: `completion bash\|zsh` is two. */
export function argumentsOf(text: string): readonly (readonly string[])[] {
  const command = text.replaceAll('\\|', '|').replace(/[[\]]/g, '')
  return alternatives(command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map(words =>
    words.flatMap((word, at) => {
      // `docker build …` is any build: the one of this folder.
      if (word === '…') return words.includes('--') ? ['.'] : []
      const plain = word.replace(/^(['"])(.*)\1$/, '$2').replace(/(?<=[A-Z])…$/, '')
      const other = OTHER_VALUES.find(([of, name]) => of.test(text) && name === plain)
      return [at === 0 || /^[A-Z]+$/.test(plain) ? (other?.[2] ?? VALUES[plain] ?? plain) : plain]
    }),
  )
}

function alternatives(words: readonly string[]): readonly (readonly string[])[] {
  const at = words.findIndex(word => /^[\w.-]+(?:\|[\w.-]+)+$/.test(word))
  if (at === -1) return [words]
  return (words[at] ?? '')
    .split('|')
    .flatMap(word => alternatives([...words.slice(0, at), word, ...words.slice(at + 1)]))
}
