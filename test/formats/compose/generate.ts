/** Makes Compose projects from a seed. */
import type { Random } from '../../support/random.ts'

const NAMES = ['db', 'web', 'api', 'base', 'job']
const IMAGES = ['alpine:3', 'ghcr.io/team/app:1.2', 'localhost:5000/x:y', 'postgres', 'node:22-alpine']
const VARIABLES = ['A', 'B', 'C', 'UNSET']

/** A scalar in a style of YAML, after `key: ` at an indentation. The text has no line breaks. */
export function scalar(random: Random, text: string, indent: number): string {
  const pad = ' '.repeat(indent + 2)
  const isPlain = /^[\w./-][\w./:@${}?+=-]*$/.test(text) && !/:$|: | #/.test(text)
  const double = `"${[...text].map(one => (one === '"' || one === '\\' ? `\\${one}` : escapedSometimes(random, one))).join('')}"`
  const styles = [
    double,
    `'${text.replaceAll("'", "''")}'`,
    `|-\n${pad}${text}`,
    `>-\n${pad}${text}`,
    `>-${random.chance(0.5) ? ' # folded' : ''}\n${pad}${text}\n`,
    `\n${pad}"${text.replace(/[\\"]/g, '\\$&')}"`,
    ...(isPlain ? [text, text, text, `${text} # why: this`, `\n${pad}${text}`] : []),
  ]
  return random.pick(styles)
}

function escapedSometimes(random: Random, character: string): string {
  if (!/\w/.test(character) || !random.chance(0.05)) return character
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** A text with variables of every form. */
export function template(random: Random, text: string): string {
  const name = random.pick(VARIABLES)
  const cut = random.int(0, text.length)
  const [before, after] = [text.slice(0, cut), text.slice(cut)]
  return random.pick([
    text,
    text,
    `\${${name}:-${text}}`,
    `\${${name}-${text}}`,
    `${before}\${${name}:-${after}}`,
    `\${${name}:-${before}}${after}`,
    `\${${name}:-\${${random.pick(VARIABLES)}-${text}}}`,
    `${text}\${${name}:+${random.pick(['', '-x'])}}`,
    `${text}\${${name}:+-}\${UNSET:-x}`,
  ])
}

function build(random: Random, indent: number): string {
  const pad = ' '.repeat(indent)
  const fields: string[] = []
  const value = (text: string) => scalar(random, template(random, text), indent)
  if (random.chance(0.15)) return ` ${value(random.pick(['.', 'web', './a/b']))}\n`
  if (random.chance(0.8)) fields.push(`context: ${value(random.pick(['.', 'web', 'a/../b', '../up']))}`)
  if (random.chance(0.3)) fields.push(`target: ${value('dev')}`)
  if (random.chance(0.2))
    fields.push(
      `dockerfile_inline: |\n${pad}  FROM \${${random.pick(VARIABLES)}:-${random.pick(IMAGES)}}\n${pad}  RUN echo $$HOME\n`,
    )
  else if (random.chance(0.4)) fields.push(`dockerfile: ${value(random.pick(['D', 'x/D.dev']))}`)
  if (random.chance(0.3)) fields.push('platforms: [linux/amd64, linux/arm64]')
  if (random.chance(0.6)) fields.push(`args:${args(random, indent + 2)}`)
  if (random.chance(0.2))
    fields.push(`additional_contexts:\n${pad}  x: ${scalar(random, 'docker-image://alpine:3', indent + 2)}`)
  if (fields.length === 0) fields.push('context: .')
  return `\n${fields.map(field => `${pad}${field}`).join('\n')}\n`
}

function args(random: Random, indent: number): string {
  const pad = ' '.repeat(indent)
  const keys = ['A', 'B', 'X', 'Y'].filter(() => random.chance(0.6))
  if (keys.length === 0) return ' {}'
  const values = ['1', '3.10', 'true', '0x10', '0o17', '1e3', 'no', 'x=y', '1_0', '012', 'v', '~']
  if (random.chance(0.4))
    return `\n${keys
      .map(
        key =>
          `${pad}- ${scalar(random, random.chance(0.2) ? key : `${key}=${template(random, 'v')}`, indent)}`,
      )
      .join('\n')}`
  return `\n${keys
    .map(key => {
      const plain = random.chance(0.5)
      return `${pad}${key}: ${plain ? random.pick(values) : scalar(random, template(random, random.pick(values)), indent)}`
    })
    .join('\n')}`
}

function services(random: Random, extend: readonly string[]): string {
  const names = NAMES.filter(() => random.chance(0.6))
  if (names.length === 0) names.push('db')
  const all = names.map((name, index) => {
    const fields: string[] = []
    const parent = random.chance(0.25) ? random.pick([...names.slice(0, index), ...extend, '']) : ''
    if (parent.includes('/')) fields.push(`    extends: {file: ${parent}, service: common}`)
    else if (parent !== '') fields.push(`    extends: ${parent}`)
    const image = `    image: ${scalar(random, template(random, random.pick(IMAGES)), 4)}`
    if (random.chance(0.5)) fields.push(`    build:${build(random, 6)}`.trimEnd())
    if (random.chance(0.6) || fields.length === 0) fields.push(image)
    if (random.chance(0.1)) fields.push('    platform: linux/arm64')
    return `  ${name}:\n${fields.join('\n')}\n`
  })
  return `services:\n${all.join(random.chance(0.3) ? '\n  # next\n' : '')}`
}

/** A project: a Compose file, often an override file, a file to extend and one to include. */
export function generateProject(random: Random): {
  readonly at: string
  readonly files: Readonly<Record<string, string>>
  readonly env: Readonly<Record<string, string>>
} {
  const files: Record<string, string> = {}
  const extended: string[] = []
  if (random.chance(0.3)) {
    files['lib/base.yml'] = `services:\n  common:\n    build:${build(random, 6)}`
    extended.push('lib/base.yml')
  }
  const include = random.chance(0.2) ? 'include: [inc/c.yml]\n' : ''
  if (include !== '')
    files['inc/c.yml'] =
      `services:\n  included:\n    image: ${scalar(random, template(random, 'inc:1'), 4)}\n`
  files['compose.yaml'] = include + services(random, extended)
  if (random.chance(0.4)) {
    const tag = (text: string) => (random.chance(0.2) ? text.replace('build:\n', 'build: !override\n') : text)
    files['compose.override.yaml'] = tag(services(random, extended))
  }
  if (random.chance(0.4)) files['.env'] = 'A=fromfile\nB="quoted" # x\n'
  const env: Record<string, string> = {}
  if (random.chance(0.5)) env.A = random.pick(['', 'env', 'reg.io/e'])
  const withBreaks = random.chance(0.2)
    ? Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')]))
    : files
  return { at: 'compose.yaml', files: withBreaks, env }
}
