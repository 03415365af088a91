/** Bake projects made at random, as JSON and HCL, in every style of literals. */
import type { Random } from '../../support/random.ts'

const IMAGES = ['alpine:3.20', 'node', 'node:22.1-alpine', 'ghcr.io/acme/base:1', 'localhost:5000/x:y_z']
const SPACES = ['', ' ', '\n', '\t ', '\n\n  ', '\r\n']

/** A Bake file in JSON that names images in contexts and inline Dockerfiles. */
export function bakeJson(random: Random): string {
  const gap = () => random.pick(SPACES)
  const text = (value: string) =>
    `"${[...value].map(character => jsonCharacter(random, character)).join('')}"`
  const object = (entries: readonly (readonly [string, string])[]) =>
    `{${gap()}${entries.map(([key, value]) => `${text(key)}${gap()}:${gap()}${value}`).join(`${gap()},${gap()}`)}${gap()}}`
  const targets = random
    .list(1, 4, () => undefined)
    .map((_, index) => {
      const contexts = random
        .list(0, 3, () => random.pick(IMAGES))
        .map((image, at) => [`c${at}`, text(`docker-image://${image}`)] as const)
      const inline = random.chance(0.5)
        ? [['dockerfile-inline', text(dockerfile(random, '\n').replaceAll('${', () => '$${'))] as const]
        : []
      return [`t${index}`, object([['contexts', object(contexts)], ...inline])] as const
    })
  const bom = random.chance(0.1) ? '\uFEFF' : ''
  return `${bom}${gap()}${object([['target', object(targets)]])}${gap()}`
}

function jsonCharacter(random: Random, character: string): string {
  if (random.chance(0.05)) return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  if (character === '/' && random.chance(0.3)) return '\\/'
  return JSON.stringify(character).slice(1, -1)
}

/** The same in HCL. */
export function bakeHcl(random: Random): string {
  const end = random.chance(0.3) ? '\r\n' : '\n'
  const comment = () => random.pick(['', ' # a "comment', ' // ${', '', ''])
  const quoted = (value: string) =>
    `"${[...value].map(character => hclCharacter(random, character)).join('')}"`
  const lines: string[] = []
  for (const index of random.list(1, 4, () => undefined).keys()) {
    if (random.chance(0.3)) lines.push('/* "', 'target "no" { */')
    lines.push(`target ${random.pick([`"t${index}"`, `t${index}`])} {${comment()}`)
    const images = random.list(0, 3, () => random.pick(IMAGES))
    const entries = images.map((image, at) => {
      const key = random.pick([`c${at}`, `"c${at}"`])
      return `${key} ${random.pick(['=', ':'])} ${quoted(`docker-image://${image}`)}`
    })
    if (random.chance(0.3)) lines.push(`  contexts = { ${entries.join(', ')} }${comment()}`)
    else
      lines.push(
        '  contexts = {',
        ...entries.map(entry => `    ${entry}${random.pick([',', ''])}${comment()}`),
        '  }',
      )
    const style = random.pick(['none', 'quoted', 'heredoc', 'flush'])
    if (style === 'quoted') {
      lines.push(`  dockerfile-inline = ${quoted(dockerfile(random, '\n')).replaceAll('${', () => '$${')}`)
    } else if (style !== 'none') {
      const indent = style === 'flush' ? random.pick(['    ', '\t', '']) : ''
      lines.push(`  dockerfile-inline = <<${style === 'flush' ? '-' : ''}EOT`)
      const inline = dockerfile(random, '\n')
        .trimEnd()
        .replaceAll('${', () => '$${')
      lines.push(...inline.split('\n').map(line => (line === '' ? '' : indent + line)))
      lines.push(`${random.pick(['', '  '])}EOT`)
    }
    lines.push('}', ...random.list(0, 2, () => ''))
  }
  return lines.join(end) + end
}

function hclCharacter(random: Random, character: string): string {
  if (random.chance(0.05)) {
    const code = character.charCodeAt(0).toString(16)
    return random.pick([`\\u${code.padStart(4, '0')}`, `\\U${code.padStart(8, '0')}`])
  }
  return { '\n': '\\n', '"': '\\"', '\\': '\\\\', '\t': '\\t' }[character] ?? character
}

function dockerfile(random: Random, end: string): string {
  const lines = random.list(1, 3, () =>
    random.pick([
      `FROM ${random.pick(IMAGES)}`,
      `FROM  ${random.pick(IMAGES)} AS x`,
      `FROM ${random.pick(IMAGES)}${end}RUN echo "$HOME" \${X} \\${end}  && true`,
      `FROM scratch${end}COPY --from=${random.pick(IMAGES)} /a /b`,
      `# é${end}${end}FROM ${random.pick(IMAGES)}`,
    ]),
  )
  return lines.join(end) + end
}

/** A project in JSON for the comparison with buildx: variables, matrix, inheritance, an override file. */
export function bakeProject(random: Random): {
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly env: Readonly<Record<string, string>>
} {
  const names = ['A', 'B', 'C', 'D']
  const value = (): unknown =>
    random.pick<() => unknown>([
      () => random.pick(['x', '', 'é', 'a b', '$', '%', '$${x}', '%%{x}', '1.0', 'true']),
      () => `\${${random.pick(names)}}`,
      () => `p-\${${random.pick(names)}}-\${ ${random.pick(names)} }`,
      () => random.int(-3, 30),
      () => random.pick([1.5, 0.25, true, false, null]),
    ])()
  const variable = (index: number): unknown =>
    random.pick<() => unknown>([
      () => random.pick(['x', '', 'y z', '$${q}']),
      () => random.int(0, 99),
      () => random.chance(0.5),
      () => (index > 0 ? `v\${${names[index - 1]}}` : 'first'),
    ])()
  const target = (others: readonly string[]) => ({
    ...(random.chance(0.7) && {
      args: Object.fromEntries(random.list(0, 4, () => [random.pick(['P', 'Q', 'R']), value()])),
    }),
    ...(random.chance(0.4) && {
      context: random.pick(['.', './x/', '../y', 'a//b', 'https://example.com/x.git', '']),
    }),
    ...(random.chance(0.4) && { dockerfile: random.pick(['D', 'x/D', '', null]) }),
    ...(random.chance(0.3) && { target: random.pick(['s', null, '']) }),
    ...(random.chance(0.3) && {
      platforms: random.list(0, 3, () => random.pick(['linux/amd64', 'linux/arm64', ''])),
    }),
    ...(random.chance(0.3) && {
      contexts: Object.fromEntries(
        random.list(0, 2, () => [random.pick(['k', 'l']), random.pick(['', 'docker-image://alpine', 'src'])]),
      ),
    }),
    ...(random.chance(0.2) && { 'dockerfile-inline': random.pick(['FROM a\n', 'FROM ${A}\n', 'RUN $${x}']) }),
    ...(random.chance(0.5) &&
      others.length > 0 && { inherits: random.list(0, 2, () => random.pick(others)) }),
  })
  const file = (count: number, isOverride: boolean) => {
    const labels = Array.from({ length: count }, (_, index) => `t${index}`)
    const targets = labels.map((label, index) => {
      const own = target(labels.slice(0, isOverride ? 0 : index + 1))
      const isMatrix = !isOverride && index === count - 1 && random.chance(0.6)
      const matrix = {
        name: `${label}-\${x}-\${y.n}`,
        matrix: {
          x: random.pick([['p'], ['p', 'q'], [1, 2]]),
          y: [
            { n: 'a', v: 1 },
            { n: 'b', v: 'two' },
          ].slice(0, random.int(1, 2)),
        },
        args: { X: '${x}', Y: 'y${y.v}' },
      }
      return [label, isMatrix ? { ...own, ...matrix } : own]
    })
    const variables = names.map((name, index) => [
      name,
      random.chance(0.1) ? {} : { default: variable(index) },
    ])
    return JSON.stringify({
      ...(!isOverride && { variable: Object.fromEntries(variables) }),
      ...(random.chance(0.5) && {
        group: { g: { targets: random.list(1, 3, () => random.pick(labels.slice(0, -1).concat('t0'))) } },
      }),
      target: Object.fromEntries(targets),
    })
  }
  const env = Object.fromEntries(
    names.flatMap(name =>
      random.chance(0.2) ? [[name, random.pick(['5', 'env', '', 'true', '1.50'])]] : [],
    ),
  )
  return {
    files: [
      { path: 'docker-bake.json', text: file(random.int(1, 5), false) },
      ...(random.chance(0.3) ? [{ path: 'docker-bake.override.json', text: file(1, true) }] : []),
    ],
    env,
  }
}
