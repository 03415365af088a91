/** Completion scripts, made from the tables of commands and options. */
import { bashScript } from './bash.ts'
import { fishScript } from './fish.ts'
import { zshScript } from './zsh.ts'

const SCRIPTS: Readonly<Record<string, () => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** The script for a shell that the table of commands names. */
export function completionScript(shell: string): string {
  const script = SCRIPTS[shell]
  if (script === undefined) throw new RangeError(`no completion for ${shell}`)
  return script()
}
