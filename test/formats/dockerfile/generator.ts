/** Dockerfiles made at random, but the same for the same seed: nasty in the ways that the corpus is, mixed. */
import { createRandom } from '../../support/random.ts'

export interface Generated {
  readonly source: string
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
}

/** How often something goes wrong on purpose, from 0 (BuildKit accepts the file) to 1. */
export interface Nastiness {
  readonly nastiness: number
}

interface Draw {
  readonly chance: (probability: number) => boolean
  readonly one: <T>(choices: readonly T[]) => T
  readonly count: (most: number) => number
  /** True only when nasty things are asked for, and then seldom. */
  readonly nasty: () => boolean
}

const IMAGES = [
  'alpine:3.20',
  'alpine',
  'busybox:1.37',
  'library/debian:12-slim',
  'docker.io/library/node:24',
  'bitnami/redis',
  '127.0.0.1:5777/team/app:1.0',
  '127.0.0.1:5777/team/app',
  `alpine:3.20@sha256:${'0123456789abcdef'.repeat(4)}`,
]
const STAGES = ['base', 'build', 'Deps', 'x.1', 'final_2', 'alpine', 'busybox']
const NAMES = ['TAG', 'BASE', 'V', 'X_1', 'tag']

/** A Dockerfile for `seed`. */
export function generate(seed: number, { nastiness }: Nastiness): Generated {
  const random = createRandom(seed)
  const draw: Draw = {
    chance: random.chance,
    one: random.pick,
    count: most => random.int(0, most),
    nasty: () => random.chance(nastiness * 0.04),
  }
  const escapeToken = draw.chance(0.15) ? '`' : '\\'
  const lines: string[] = []
  if (escapeToken === '`') lines.push('# escape=`')
  else if (draw.chance(0.1)) lines.push(draw.one(['# check=skip=all', '# escape=\\', '# just a comment', '']))
  const globals = draw.count(3)
  for (let i = 0; i < globals; i++) lines.push(arg(draw))
  const stages = 1 + draw.count(3)
  const known: string[] = []
  for (let i = 0; i < stages; i++) {
    const name = draw.chance(0.6) ? stageName(draw, known) : undefined
    lines.push(from(draw, known, name))
    const visible = draw.nasty() && name !== undefined ? [...known, name] : known
    const body = draw.count(4)
    for (let j = 0; j < body; j++) lines.push(...instruction(draw, visible, i, stages))
    if (name !== undefined) known.push(name)
  }
  let source = lines.map(line => disturb(line, draw, escapeToken)).join('\n')
  if (draw.chance(0.8)) source += '\n'
  if (draw.chance(0.15)) source = source.replaceAll('\n', '\r\n')
  if (draw.chance(0.1)) source = `\ufeff${source}`
  const buildArgs: Record<string, string[]> = {}
  if (draw.chance(0.3)) buildArgs[draw.one(NAMES)] = [draw.one(['1', '3.20', 'alpine:9', '', 'base', '-x'])]
  return { source, buildArgs }
}

function arg(draw: Draw): string {
  const words = Array.from({ length: 1 + draw.count(1) }, () => {
    const name = draw.one(NAMES)
    if (draw.chance(0.15)) return name
    const value = draw.chance(0.3)
      ? expression(draw, 0)
      : draw.one([...IMAGES, '1', '3.20', '', 'base', 'a/b'])
    return `${name}=${quoted(draw, value)}`
  })
  return `${keyword(draw, 'ARG')} ${words.join(blank(draw))}`
}

/** A new name; an old one again only when nasty, as all references to it then mean the last stage of that name. */
function stageName(draw: Draw, known: readonly string[]): string | undefined {
  const free = STAGES.filter(name => !known.includes(name))
  return draw.nasty() ? draw.one(STAGES) : free.length === 0 ? undefined : draw.one(free)
}

function from(draw: Draw, known: readonly string[], name: string | undefined): string {
  const words = [keyword(draw, 'FROM')]
  if (draw.chance(0.2)) {
    const platform = draw.one(['linux/amd64', '$BUILDPLATFORM', '${TARGETPLATFORM}', 'linux/arm64', 'amd64'])
    words.push(`--platform=${draw.chance(0.2) ? `"${platform}"` : platform}`)
  }
  if (draw.nasty()) words.push(draw.one(['--', '--platform', '--x=y', '#']))
  words.push(base(draw, known))
  if (name !== undefined) words.push(draw.one(['AS', 'as', 'As']), name)
  if (draw.nasty()) words.push(draw.one(['x', '# why', '""']))
  return words.join(blank(draw))
}

function base(draw: Draw, known: readonly string[]): string {
  if (known.length > 0 && draw.chance(0.35)) {
    const name = draw.one(known)
    return quoted(draw, draw.nasty() ? name : name.toLowerCase())
  }
  if (draw.chance(0.1)) return draw.one(['scratch', '0', '"scratch"', draw.nasty() ? 'Scratch' : 'scratch'])
  if (draw.chance(0.4)) return expression(draw, 0)
  return quoted(draw, draw.one(IMAGES))
}

/** A reference with variables, most often one that comes to something. */
function expression(draw: Draw, depth: number): string {
  const name = draw.one(NAMES)
  const word =
    depth < 2 && draw.chance(0.2)
      ? `${depth}${expression(draw, depth + 1).replaceAll('"', '')}`
      : draw.one(['3.20', '-slim', '1'])
  const variable = draw.one([
    `\${${name}:-${word}}`,
    `\${${name}-${word}}`,
    `\${${name}:+${word}}`,
    `\${${name}+${word}}`,
    `\${${name}##*[:/]}`,
    `\${${name}##*/}`,
    `\${${name}%.*}`,
    `\${${name}%%[:@]*}`,
    `\${${name}/3/4}`,
    `\${${name}//[.:@\\/]/-}`,
    `\${${name}//\\//-}`,
    `$${name}`,
    `\${${name}}`,
    '$TARGETARCH',
    '${BUILDOS}',
    draw.nasty()
      ? draw.one([`\${${name}:?no}`, '${}', '${x', '$', '${x^}', '${x:#y}'])
      : `\${${name}:-${word}}`,
  ])
  const form = draw.one(['whole', 'tag', 'tag', 'end', 'middle', 'quoted', 'path'])
  switch (form) {
    case 'whole':
      return depth > 0 || draw.nasty()
        ? variable
        : draw.one(['$BASE', '${BASE}', `\${BASE:-alpine:${word}}`, '${BASE:+busybox}${BASE:-alpine}'])
    case 'tag':
      return `alpine:3${variable}`
    case 'end':
      return `alpine${draw.nasty() ? variable : `:1${variable}`}`
    case 'middle':
      return `node:1${variable}-alpine`
    case 'quoted':
      return `"alpine:3.20${variable}"`
    default:
      return draw.nasty() ? `x/${variable}` : `alpine:'1'${variable}`
  }
}

function instruction(draw: Draw, known: readonly string[], current: number, stages: number): string[] {
  const kind = draw.one(['copy', 'copy', 'mount', 'mount', 'heredoc', 'onbuild', 'other', 'comment', 'arg'])
  switch (kind) {
    case 'copy':
      return [copy(draw, known, current, stages)]
    case 'mount':
      return [mount(draw, known)]
    case 'heredoc':
      return heredoc(draw)
    case 'onbuild':
      return [`${keyword(draw, 'ONBUILD')} ${draw.chance(0.5) ? copy(draw, [], 0, 1) : mount(draw, [])}`]
    case 'comment':
      return [draw.one(['# FROM no:1', '  # COPY --from=no:2 a b', '', '\t', '# escape=`', '#'])]
    case 'arg':
      return [`${keyword(draw, 'ARG')} ${draw.one(NAMES)}${draw.one(['', '=1', '="a b"'])}`]
    default:
      return [
        draw.one([
          'RUN echo FROM no:1',
          'ENV FROM=no:1',
          'LABEL a="FROM no:1"',
          'CMD ["FROM", "no:1"]',
          'WORKDIR /FROM',
          'RUN echo "a  b" \'c\'',
          draw.nasty() ? 'FORM no:1' : 'USER 1',
        ]),
      ]
  }
}

function source(draw: Draw, known: readonly string[]): string {
  if (known.length > 0 && draw.chance(0.4)) return draw.one(known)
  if (draw.nasty()) return draw.one(['$X', 'Upper/Case', 'late', ''])
  return draw.one(IMAGES)
}

function copy(draw: Draw, known: readonly string[], current: number, stages: number): string {
  const isIndex = draw.nasty() || (current > 0 && draw.chance(0.15))
  const name = isIndex
    ? String(draw.nasty() ? stages : draw.count(Math.max(current - 1, 0)))
    : source(draw, known)
  const flags = [`--from=${flagQuoted(draw, name)}`]
  if (draw.chance(0.3)) flags.push(draw.one(['--chown=1:1', '--link', '--chmod=755']))
  if (draw.chance(0.5)) flags.reverse()
  if (draw.chance(0.1)) flags.push('--')
  const words = draw.one(['/a /b', '/a /c/ /b/', '["/a b", "/c"]', '--from=no:1 /b'])
  if (words.startsWith('--') && flags.at(-1) !== '--') flags.push('--')
  return [keyword(draw, 'COPY'), ...flags, words].join(blank(draw))
}

function mount(draw: Draw, known: readonly string[]): string {
  const flags = Array.from({ length: 1 + draw.count(2) }, (_, index) => {
    const fields = [`target=/m${index}`]
    if (draw.chance(0.8)) fields.push(`${draw.one(['from', 'FROM', 'From'])}=${source(draw, known)}`)
    if (draw.chance(0.6)) fields.push(`type=${draw.one(['bind', 'cache', 'tmpfs'])}`)
    if (draw.chance(0.3)) fields.push('source=/s')
    if (draw.chance(0.5)) fields.reverse()
    if (draw.chance(0.1)) return `--mount='${fields.map(field => `"${field}"`).join(',')}'`
    return `--mount=${flagQuoted(draw, fields.join(','))}`
  })
  if (draw.chance(0.2)) flags.push('--network=none')
  return [keyword(draw, 'RUN'), ...flags, draw.one(['true', '["true"]', 'echo --mount=from=no:1'])].join(
    blank(draw),
  )
}

function heredoc(draw: Draw): string[] {
  const names = Array.from({ length: 1 + draw.count(1) }, () => draw.one(['EOF', 'E-1', 'from']))
  const dash = draw.chance(0.4)
  const words = names.map(name => {
    const written = draw.one([name, `"${name}"`, `'${name}'`, `\\${name}`])
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
  ])
  const isCopy = /^(?:ADD|COPY)/.test(command)
  // An open quote hides the heredoc: then there must be no body.
  const body = command.includes("it's")
    ? []
    : names.flatMap(name => [
        draw.one(['FROM no:1', '# x', 'COPY --from=no:2 a b', 'a \\', '']),
        `${dash && draw.chance(0.5) ? '\t\t' : ''}${name}`,
      ])
  return [`${command} ${words.join(' ')}${isCopy ? ' /x/' : ''}`, ...body.map(line => `\0${line}`)]
}

function keyword(draw: Draw, name: string): string {
  return draw.one([name, name, name, name.toLowerCase(), `${name[0]}${name.slice(1).toLowerCase()}`])
}

function blank(draw: Draw): string {
  return draw.one([' ', ' ', ' ', '  ', '\t', ' \t '])
}

function quoted(draw: Draw, text: string): string {
  if (/["'$]/.test(text) || draw.chance(0.7)) return text
  return draw.one([`"${text}"`, `'${text}'`, `${text.slice(0, 2)}"${text.slice(2)}"`, `${text}''`])
}

function flagQuoted(draw: Draw, text: string): string {
  if (draw.chance(0.75)) return text
  return draw.one([`"${text}"`, `'${text}'`, `${text.slice(0, 2)}'${text.slice(2)}'`])
}

/** Continues the line in the next one here and there. Lines of a heredoc's body, marked with NUL, stay as they are. */
function disturb(line: string, draw: Draw, escapeToken: string): string {
  if (line.startsWith('\0')) return line.slice(1)
  if (/^\s*(?:#|$)/.test(line)) return line
  let result = draw.chance(0.1) ? `${draw.one([' ', '\t'])}${line}` : line
  if (draw.chance(0.25)) {
    const at = 1 + draw.count(result.length - 2)
    const before = result.slice(0, at)
    // The token must not be escaped by what stands before it.
    if (!/[\\`]$/.test(before)) {
      const between = draw.one(['', '', '# comment\n', '\n', '  # FROM no:1 \\\n', ' \t\n'])
      result = `${before}${escapeToken}${draw.one(['', '', ' ', '\t '])}\n${between}${result.slice(at)}`
    }
  }
  return draw.chance(0.1) ? `${result}${draw.one([' ', '\t'])}` : result
}
