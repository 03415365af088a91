/**
 * Dockerfiles made at random, but the same for the same seed: nasty in the ways that the corpus is, mixed. The grammar is in
 * generator/; here it comes to a file.
 */
import { createRandom, type Random } from '../../support/random.ts'
import { directives } from './generator/directives.ts'
import { type Draw, type GeneratorOptions, NAMES } from './generator/draw.ts'
import { instruction } from './generator/instructions.ts'
import { disturb } from './generator/layout.ts'
import { VALUES } from './generator/names.ts'
import { arg, from } from './generator/stages.ts'

export type { GeneratorOptions } from './generator/draw.ts'

export interface Generated {
  readonly source: string
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
}

/** A Dockerfile for `seed`. */
export function generate(seed: number, options: GeneratorOptions): Generated {
  const random = createRandom(seed)
  const draw = drawing(random, options)
  const { head, escapeToken } = directives(draw)
  const lines = random.list(0, 3, () => arg(draw))
  const stages = random.int(1, 4)
  const known: string[] = []
  for (let stage = 0; stage < stages; stage++) {
    const earlier = [...known]
    lines.push(from(draw, known))
    for (let count = random.int(0, 4); count > 0; count--) {
      lines.push(...instruction(draw, { known: earlier, stage, stages }))
    }
  }
  let source = [...head, ...lines.map(line => disturb(line, draw, escapeToken))].join('\n')
  if (draw.chance(0.8)) source += '\n'
  if (draw.chance(0.15)) source = source.replaceAll('\n', '\r\n')
  else if (draw.chance(0.05)) source = source.replaceAll('\n', () => draw.one(['\n', '\r\n', '\r\r\n']))
  if (draw.chance(0.1)) source = `\ufeff${source}`
  return { source, buildArgs: draw.chance(0.35) ? buildArgs(draw) : {} }
}

function drawing(random: Random, { nastiness, host = '127.0.0.1:5777', digest }: GeneratorOptions): Draw {
  const hex = () => random.text('0123456789abcdef', 64, 64)
  return {
    chance: random.chance,
    one: random.pick,
    list: random.list,
    count: most => random.int(0, most),
    nasty: () => random.chance(nastiness * 0.04),
    host,
    digest: digest ?? (() => (random.chance(0.9) ? `sha256:${hex()}` : `sha512:${hex()}${hex()}`)),
  }
}

function buildArgs(draw: Draw): Record<string, string[]> {
  const given = draw.list(1, 2, () => [draw.one(NAMES), draw.list(1, 2, () => draw.one(VALUES))] as const)
  if (draw.chance(0.1)) given.push([draw.one(['TARGETARCH', 'BUILDPLATFORM', 'NOWHERE']), [draw.one(VALUES)]])
  return Object.fromEntries(given)
}

/** The file with a few characters more, fewer, or in another order: there is no grammar for that. */
export function mutate(source: string, random: Random): string {
  let text = source
  for (let count = random.int(1, 3); count > 0; count--) {
    const at = random.int(0, text.length)
    const end = Math.min(text.length, at + random.int(0, random.chance(0.2) ? 30 : 3))
    const middle = random.pick<() => string>([
      () => random.pick(PIECES),
      () => text.slice(at, end).repeat(2),
      () => [...text.slice(at, end)].reverse().join(''),
      () => '',
    ])()
    text = text.slice(0, at) + middle + text.slice(end)
  }
  return text
}

/** What means something to some lexer, and what means something to none though it looks so. */
const PIECES = [
  ...[
    '\\',
    '\\\n',
    '\\ \n',
    '`',
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    '\v',
    '\f',
    '\u0085',
    '\u00a0',
    '\u2028',
    '\ufeff',
    '\0',
  ],
  ...[
    '"',
    "'",
    '#',
    '# ',
    '\n#',
    '\n# x\n',
    '//',
    '{',
    '}',
    '[',
    ']',
    '<',
    '<<',
    '<<-',
    '<<EOF',
    'EOF\n',
    '<<"EOF"',
    '3<<E',
  ],
  ...[
    '$',
    '$$',
    '${',
    '${V',
    '${V}',
    '$V',
    ':-',
    ':+',
    ':?',
    '?',
    '#*',
    '%',
    '%%',
    '/',
    '//',
    '*',
    '\\$',
    '\\}',
  ],
  ...[
    '--',
    '--from=',
    '--mount=',
    '--platform=',
    'from=',
    ',from=a',
    ',',
    '=',
    '@',
    ':',
    '.',
    '-',
    '_',
    '/',
    '0',
    '1',
    'A',
    'é',
    '\u{1f600}',
    '\ud800',
  ],
  ...[
    'FROM ',
    'FROM a',
    '\nFROM a\n',
    'AS ',
    ' AS x',
    'as',
    'ARG ',
    'ARG V=a\n',
    'ONBUILD ',
    'RUN ',
    'COPY ',
    'ADD ',
    'scratch',
    '[""]',
  ],
  ...['# syntax=a/b\n', '# escape=`\n', '# check=skip=all\n', '#!/bin/sh\n', '{"syntax":"a/b"}'],
]
