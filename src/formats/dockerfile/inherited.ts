/** Which ARGs of the file a stage takes over with `ARG NAME` and may use: a digest in the default would be seen there. */
import type { Instruction } from './grammar.ts'
import { type Line, offsetOf } from './lines.ts'
import { argDefinitions } from './scope.ts'

/** Programs that read only variables in their command. A RUN of another program may read everything that the stage declares. */
const READS_NOTHING: ReadonlySet<string> = new Set(
  (
    'apk apt apt-get dnf microdnf tdnf yum zypper addgroup adduser groupadd useradd usermod ' +
    'cat cd chmod chown cp curl echo ldconfig ln ls mkdir mv printf rm sed set tar test touch true unzip ' +
    'update-ca-certificates wget ['
  ).split(' '),
)

const NAME = /[\p{L}_][\p{L}\p{Nd}_]*/gu

/**
 * The names that a stage may use after it inherits them. `instructions` are those of the stages.
 * A comment or a FROM with the name does not count as a use.
 */
export function usedByStages(
  source: string,
  lines: readonly Line[],
  instructions: readonly Instruction[],
): ReadonlySet<string> {
  const numbers = new Map(lines.map((line, index) => [line, index]))
  const taken = new Map<string, number>()
  for (const instruction of instructions) {
    if (instruction.keyword !== 'arg' || instruction.onbuild) continue
    for (const { name, valueAt } of argDefinitions(instruction)) {
      const number = numbers.get(instruction.line)
      if (valueAt === undefined && number !== undefined && !taken.has(name)) taken.set(name, number)
    }
  }
  if (taken.size === 0) return new Set()
  const lastMention = new Map<string, number>()
  let lastProgram = -1
  for (const [index, line] of lines.entries()) {
    if (line.keyword === 'from') continue
    for (const name of namesIn(textOf(source, line, lines[index + 1]))) lastMention.set(name, index)
    if (line.keyword === 'run' && mayReadAny(line.text)) lastProgram = index
  }
  return new Set(
    [...taken].flatMap(([name, at]) =>
      (lastMention.get(name) ?? -1) >= at || lastProgram > at ? [name] : [],
    ),
  )
}

/** The instruction with the text of its heredocs. */
function textOf(source: string, line: Line, next: Line | undefined): string {
  if (!line.text.includes('<<')) return line.text
  return source.slice(offsetOf(line, 0), next === undefined ? undefined : offsetOf(next, 0))
}

function namesIn(text: string): readonly string[] {
  // `ARG NAME` declares the name, and does not use it.
  const uses = /^arg\s/i.test(text) ? (text.match(/\$\{?[^\s}]+/g) ?? []).join(' ') : text
  return uses.match(NAME) ?? []
}

/** Whether a RUN starts a program that may read variables by itself, such as a script of the project. */
function mayReadAny(text: string): boolean {
  const command = text.replace(/^run\s+(?:--\S+\s+)*/i, '')
  if (/<<|`|\$\(/.test(command)) return true
  const json = /^\[\s*"([^"]*)"/.exec(command)
  if (json !== null) return !READS_NOTHING.has(json[1] ?? '')
  return command
    .split(/&&|\|\||[;|&\n]/)
    .map(part => /^\s*(?:\w+=\S*\s+)*(\S*)/.exec(part)?.[1] ?? '')
    .some(program => program !== '' && !READS_NOTHING.has(program))
}
