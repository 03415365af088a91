import { blank, type Draw, flagQuoted, keyword } from './draw.ts'
import { heredoc } from './heredocs.ts'
import { reference } from './names.ts'
import { arg } from './stages.ts'

/** Where an instruction stands. */
export interface Where {
  /** The names of the stages before this one. */
  readonly known: readonly string[]
  /** The number of the stage, and of all stages. */
  readonly stage: number
  readonly stages: number
}

const NOWHERE: Where = { known: [], stage: 0, stages: 1 }

/** One instruction of a stage, or a comment; a heredoc with its body. */
export function instruction(draw: Draw, where: Where): string[] {
  const kind = draw.one(['copy', 'copy', 'mount', 'mount', 'heredoc', 'onbuild', 'other', 'comment', 'arg'])
  switch (kind) {
    case 'copy':
      return [copy(draw, where)]
    case 'mount':
      return [mount(draw, where)]
    case 'heredoc':
      return heredoc(draw)
    case 'onbuild':
      return [
        `${keyword(draw, 'ONBUILD')}${blank(draw)}${draw.chance(0.5) ? copy(draw, NOWHERE) : mount(draw, NOWHERE)}`,
      ]
    case 'comment':
      return [
        draw.one([
          '# FROM no:1',
          '  # COPY --from=no:2 a b',
          '',
          '\t',
          '# escape=`',
          '#',
          '# \\',
          '#FROM no:1 \\',
        ]),
      ]
    case 'arg':
      // What is missing here would be missed by RUN, which is another matter.
      return [arg(draw).replaceAll(/\$\{\w+:\?no\}/g, '')]
    default:
      return [other(draw)]
  }
}

function other(draw: Draw): string {
  return draw.one([
    'RUN echo FROM no:1',
    'ENV FROM=no:1',
    'ENV TAG=no BASE=no V=no',
    'LABEL a="FROM no:1"',
    'CMD ["FROM", "no:1"]',
    'WORKDIR /FROM',
    'RUN echo "a  b" \'c\'',
    'RUN ["/bin/sh", "-c", "COPY --from=no:1 a b"]',
    'ENTRYPOINT COPY --from=no:1 a b',
    'SHELL ["RUN", "--mount=from=no:1"]',
    'HEALTHCHECK CMD RUN --mount=from=no:1 x',
    'ADD --chown=1:1 /from=no:1 /b',
    'RUN --network=none true',
    'RUN true --mount=from=no:1,target=/x',
    draw.nasty()
      ? draw.one(['FORM no:1', 'COPY', 'RUN --mount=from=a', 'ONBUILD FROM a', 'ONBUILD', 'FROM'])
      : 'USER 1',
  ])
}

function source(draw: Draw, known: readonly string[]): string {
  if (known.length > 0 && draw.chance(0.4)) return anyCase(draw, draw.one(known))
  if (draw.nasty()) return draw.one(['$X', 'late', '', 'scratch', 'Scratch', 'final_2', '${V}'])
  return reference(draw)
}

function anyCase(draw: Draw, name: string): string {
  return draw.one([name, name, name.toUpperCase(), name.toLowerCase()])
}

function copy(draw: Draw, { known, stage, stages }: Where): string {
  const number = draw.nasty() ? draw.one([stages, stages + 1, stage, -1]) : draw.count(Math.max(stage - 1, 0))
  const isNumber = draw.chance(0.15) && (stage > 0 || draw.nasty())
  const name = isNumber ? draw.one([`${number}`, `+${number}`, `00${number}`]) : source(draw, known)
  const flags = [`--from=${flagQuoted(draw, name)}`]
  if (draw.chance(0.3)) flags.push(draw.one(['--chown=1:1', '--link', '--chmod=755']))
  if (draw.nasty()) flags.push(draw.one(['--from=a', '--from']))
  if (draw.chance(0.5)) flags.reverse()
  if (draw.chance(0.1)) flags.push('--')
  const words = draw.one(['/a /b', '/a /c/ /b/', '["/a b", "/c"]', '--from=no:1 /b'])
  if (words.startsWith('--') && flags.at(-1) !== '--') flags.push('--')
  return [keyword(draw, 'COPY'), ...flags, words].join(blank(draw))
}

function mount(draw: Draw, { known }: Where): string {
  let targets = 0
  const flags = draw.list(1, 3, () => {
    const fields = [`target=/m${targets++}`]
    if (draw.chance(0.8)) fields.push(`${draw.one(['from', 'FROM', 'From'])}=${source(draw, known)}`)
    if (draw.chance(0.05)) fields.push(`from=${source(draw, known)}`)
    if (draw.chance(0.6)) fields.push(`type=${draw.one(['bind', 'cache', 'tmpfs'])}`)
    if (draw.chance(0.3)) fields.push('source=/s')
    if (draw.chance(0.1)) fields.push(draw.one(['id=from=no:1', 'readonly', 'ro=true']))
    if (draw.chance(0.5)) fields.reverse()
    const kept = fields.some(field => field === 'type=tmpfs')
      ? fields.filter(field => !/^(?:ro|readonly|id|source)/.test(field))
      : fields
    if (draw.chance(0.1)) return `--mount='${kept.map(field => `"${field}"`).join(',')}'`
    return `--mount=${flagQuoted(draw, kept.join(','))}`
  })
  if (draw.chance(0.1))
    flags.push(draw.one(['--mount=type=secret,id=a', '--mount=type=ssh', '--network=none']))
  if (draw.chance(0.3)) flags.reverse()
  const command = draw.one(['true', '["true"]', 'echo --mount=from=no:1', 'true --mount=from=no:1'])
  return [keyword(draw, 'RUN'), ...flags, command].join(blank(draw))
}
