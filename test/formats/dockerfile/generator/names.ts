import { type Draw, NAMES } from './draw.ts'

export const STAGES: readonly string[] = [
  'base',
  'build',
  'Deps',
  'x.1',
  'final_2',
  'alpine',
  'busybox',
  'a-b',
]

/** What build args are given, and ARGs stand for. */
export const VALUES: readonly string[] = [
  '1',
  '3.20',
  'alpine:9',
  '',
  'base',
  '-x',
  'a/b',
  '24-alpine',
  '$V',
  'deps',
  'library',
]

/** Some names are most often used for one thing, so that what is made of them comes to something. */
export function valueFor(name: string, draw: Draw): string {
  if (draw.chance(0.15)) return draw.one(VALUES.filter(text => text !== '$V'))
  if (name === 'TAG') return draw.one(['3.20', '24-alpine', '1', 'latest', 'RC1'])
  if (name === 'V') return draw.one(['1', '22', '3.20', 'v1.2'])
  if (name === 'BASE')
    return draw.chance(0.2) ? draw.one(['base', 'build', 'deps', 'scratch']) : reference(draw)
  return draw.chance(0.5) ? reference(draw) : draw.one(['1', 'alpine', 'library', 'amd64'])
}

const REPOSITORIES = [
  'alpine',
  'busybox',
  'node',
  'library/debian',
  'bitnami/redis',
  'a/b/c',
  'x__y',
  'a-b.c',
  'base',
  '0',
  'k8s',
]
const TAGS = [':3.20', ':24-alpine', ':RC1', ':_x', ':1.0.0-rc.1', ':latest', ':1', '']

/** A reference that needs no variables. */
export function reference(draw: Draw): string {
  const host = draw.chance(0.6)
    ? ''
    : draw.one([
        'docker.io/',
        'index.docker.io/',
        'ghcr.io/',
        'GHCR.io/',
        'Registry/',
        `${draw.host}/`,
        'registry.example.com:8443/',
      ])
  const digest = draw.chance(0.15) ? `@${draw.digest()}` : ''
  if (draw.nasty())
    return draw.one([
      'Upper/Case',
      'a//b',
      'a:',
      '@',
      'a@sha256:1',
      `${'a'.repeat(64)}`,
      'a_-b',
      '-a',
      'a:-b',
      'http://a/b',
      'a:b:c',
    ])
  return `${host}${draw.one(REPOSITORIES)}${draw.one(TAGS)}${digest}`
}

/** A reference with variables, most often one that comes to something. */
export function expression(draw: Draw, depth: number): string {
  const some = () => variable(draw, depth)
  const value = () => valued(draw)
  return draw.one<() => string>([
    () => `alpine:${value()}`,
    () => `alpine:3${some()}`,
    () => `node:1${some()}-alpine`,
    () => `node:${value()}-alpine`,
    () => whole(draw),
    () => whole(draw),
    () => `"alpine:3.20${some()}"`,
    () => `alpine:3.20${some()}`,
    () => `x/${value()}`,
    () => `alpine:'1'${some()}`,
    () => `${draw.host}/x:1${some()}`,
    () => `alpine:1${some()}${variable(draw, depth)}`,
    () => `alpine:1${some()}@${draw.digest()}`,
  ])()
}

/** A variable that is all of a reference. */
function whole(draw: Draw): string {
  const [a, b] = [draw.chance(0.7) ? 'BASE' : draw.one(NAMES), draw.one(NAMES)]
  return draw.one<() => string>([
    () => `\${${a}:-${reference(draw)}}`,
    () => `\${${a}-alpine}`,
    () => `\${${a}:-"alpine:3.20"}`,
    () => `\${${a}:+busybox}\${${a}:-alpine}`,
    () => `\${${a}:-\${${b}:-alpine:\${TARGETARCH}}}`,
    () => `$${a}`,
    () => `\${${a}}`,
    () => `"\${${a}}"`,
  ])()
}

/** A variable that comes to something, if not always to something that goes where it stands. */
function valued(draw: Draw): string {
  const name = draw.chance(0.8) ? draw.one(['TAG', 'V']) : draw.one(NAMES)
  return draw.one([
    `$${name}`,
    `\${${name}}`,
    `\${${name}:-1}`,
    `\${${name}-3.20}`,
    `\${${name}:+a}\${${name}:-b}`,
    `\${${name}:-\${V:-"9"}}`,
    '$TARGETARCH',
    '${BUILDOS}',
    '${NONE:-x}',
  ])
}

function variable(draw: Draw, depth: number): string {
  const name = draw.one(NAMES)
  const word = draw.one<() => string>([
    () => '3.20',
    () => '-slim',
    () => '"-slim"',
    () => "'-slim'",
    () => '',
    () => (depth > 1 ? '1' : variable(draw, depth + 1)),
  ])
  const operators = ['-', ':-', '+', ':+']
  const patterns = ['#*:', '##*/', '#?', '%.*', '%%:*', '%-*', '%%[:@]*', '#a*p', '%\\*', '##\\?']
  const replacements = ['/3/4', '//./-', '//\\//-', '/:*/', '/#a/b', '//[.:@\\/]/-', '/?/$V', '//a/', '/*/x']
  const builtIn = ['BUILDOS', 'BUILDARCH', 'BUILDVARIANT', 'TARGETOS', 'TARGETARCH', 'TARGETVARIANT', 'NONE']
  const nasty = [
    '${}',
    '${x',
    '$',
    '$1',
    '$@',
    '${x^}',
    '${x:#y}',
    '${ x}',
    '${x y}',
    '\\$V',
    '$$',
    `\${${name}:?no}`,
  ]
  return draw.one<() => string>([
    () => `$${name}`,
    () => `\${${name}}`,
    () => `\${${name}${draw.one(operators)}${word()}}`,
    () => `\${${name}${draw.one(operators)}${word()}}`,
    () => `\${${name}${draw.one(patterns)}}`,
    () => `\${${name}${draw.one(replacements)}}`,
    () => `$${draw.one(builtIn)}`,
    () => `\${${draw.one(builtIn)}${draw.one(['', ':-x', '+y'])}}`,
    () => (draw.nasty() ? draw.one(nasty) : ''),
  ])()
}
