/**
 * Transcripts: a case is a Markdown file whose indented lines are a session in a shell, as cram and Mercurial's tests have them.
 *
 *     What this shows, in words.
 *
 *         $ cat > Dockerfile <<END
 *         > FROM {R}/alpine:3.23
 *         > END
 *         $ dock-lock check
 *         Dockerfile:1:6  unlocked  {R}/alpine:3.23 is not in docker-images.lock
 *         2| what went to stderr
 *         [exit 1]
 *
 * Placeholders stand for what differs from run to run, in commands and in output; they and the commands that are no programs are
 * explained in stage.ts.
 */
export interface Step {
  /** Index of the line with `$ `. */
  readonly line: number
  readonly command: string
  /** What it should print, line by line. */
  readonly expected: readonly string[]
}

const INDENT = '    '

export function parseTranscript(text: string): readonly Step[] {
  const steps: { line: number; command: string; expected: string[] }[] = []
  // Blank lines belong to an output that goes on after them.
  let blank = 0
  let open = false
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') blank++
    else if (!line.startsWith(INDENT)) open = false
    else {
      const content = line.slice(INDENT.length)
      const step = steps.at(-1)
      if (content.startsWith('$ ')) {
        steps.push({ line: index, command: content.slice(2), expected: [] })
        open = true
      } else if (step === undefined || !open)
        throw new Error(`line ${index + 1} is the output of no command: ${content}`)
      else if (/^>( |$)/.test(content) && step.expected.length === 0) step.command += `\n${content.slice(2)}`
      else step.expected.push(...Array<string>(blank).fill(''), content)
      blank = 0
    }
  })
  return steps
}

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** What a command did, as a transcript has it. */
export function transcribe({ code, stdout, stderr }: Outcome): string[] {
  const lines = (text: string, prefix: string) =>
    text === ''
      ? []
      : text
          .replace(/\n$/, '')
          .split('\n')
          .map(line => prefix + line)
  const last = stdout !== '' && !stdout.endsWith('\n') ? ['(no newline at the end)'] : []
  return [...lines(stdout, ''), ...last, ...lines(stderr, '2| '), ...(code === 0 ? [] : [`[exit ${code}]`])]
}

/** The text with `actual[i]` in place of what step i expects. */
export function rewrite(text: string, actual: readonly (readonly string[])[]): string {
  const steps = parseTranscript(text)
  const lines = text.split('\n')
  const result = lines.slice(0, steps[0]?.line)
  steps.forEach(({ line, command, expected }, index) => {
    const start = line + command.split('\n').length
    result.push(...lines.slice(line, start))
    result.push(...(actual[index] ?? expected).map(each => (each === '' ? '' : INDENT + each)))
    result.push(...lines.slice(start + expected.length, steps[index + 1]?.line))
  })
  return result.join('\n')
}
