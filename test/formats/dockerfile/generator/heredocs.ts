import type { Draw } from './draw.ts'

/** Marks the lines of a body, which must stay as they are. */
export const AS_IS = '\0'

/** An instruction with one or two here-documents, or with what only looks like some. */
export function heredoc(draw: Draw): string[] {
  const names = draw.list(1, 2, () => draw.one(['EOF', 'E-1', 'from', '_', 'é']))
  const dash = draw.chance(0.4)
  const words = names.map(name => {
    const written = draw.one([name, `"${name}"`, `'${name}'`, `\\${name}`, `${name[0]}"${name.slice(1)}"`])
    return `${draw.one(['', '', '3'])}<<${dash ? '-' : draw.one(['', '', ' '])}${written}`
  })
  const command = draw.one([
    'RUN cat',
    'ONBUILD RUN cat',
    'RUN',
    'ADD',
    'COPY --chmod=644',
    "RUN echo it's",
    'RUN echo ${x:-y}',
    'RUN --network=none cat',
    'RUN echo "<<no"',
    'RUN echo \\<<no',
    'RUN echo a<<no',
  ])
  const isCopy = /^(?:ADD|COPY)/.test(command)
  // An open quote hides the heredoc: then there must be no body.
  const body = command.includes("it's")
    ? []
    : names.flatMap(name => [
        draw.one([
          'FROM no:1',
          '# x',
          'COPY --from=no:2 a b',
          'a \\',
          '',
          `${name} `,
          ` ${name}`,
          '<<X',
          "'",
        ]),
        `${dash && draw.chance(0.5) ? '\t\t' : ''}${name}`,
      ])
  return [`${command} ${words.join(' ')}${isCopy ? ' /x/' : ''}`, ...body.map(line => `${AS_IS}${line}`)]
}
