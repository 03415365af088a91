import { blank, type Draw, keyword, NAMES, quoted } from './draw.ts'
import { expression, reference, STAGES, valueFor } from './names.ts'

export function arg(draw: Draw): string {
  const words = draw.list(1, draw.chance(0.2) ? 3 : 2, () => {
    const name = draw.one(NAMES)
    if (draw.chance(0.15)) return name
    const value = draw.chance(0.2) ? expression(draw, 0) : valueFor(name, draw)
    return `${draw.chance(0.05) ? `"${name}"` : name}=${quoted(draw, value)}`
  })
  return `${keyword(draw, 'ARG')}${blank(draw)}${words.join(draw.one([' ', '  ', '\t']))}`
}

/** A FROM; its name, if it has one, is then known to the stages after it. */
export function from(draw: Draw, known: string[]): string {
  const words = [keyword(draw, 'FROM')]
  if (draw.chance(0.2)) words.push(platformFlag(draw))
  if (draw.nasty())
    words.push(draw.one(['--', '--platform', '--x=y', '#', '--platform=', '"--platform=linux/amd64"']))
  words.push(base(draw, known))
  if (draw.chance(0.6)) {
    const fresh = STAGES.filter(name => !known.includes(name))
    const name = draw.chance(0.05) ? draw.one(STAGES) : draw.one(fresh)
    words.push(draw.one(['AS', 'as', 'As']), draw.nasty() ? draw.one(['1a', 'a/b', '"a"', 'a:b']) : name)
    known.push(name)
  }
  if (draw.nasty()) words.push(draw.one(['x', '# why', '""', '--platform=linux/arm64']))
  return words.join(blank(draw))
}

function platformFlag(draw: Draw): string {
  const platform = draw.one([
    ...[
      'linux/amd64',
      'linux/arm64',
      'linux/arm/v7',
      'linux/386',
      'amd64',
      'linux/s390x',
      'linux/aarch64',
      'linux/x86_64',
    ],
    ...[
      '$BUILDPLATFORM',
      '${TARGETPLATFORM}',
      '$TARGETOS/$TARGETARCH',
      'linux/${TARGETARCH:-amd64}',
      '${V:+linux/amd64}${V:-linux/arm64}',
    ],
    ...(draw.nasty() ? ['${NONE}', 'linux/nonsense', 'a/b/c/d'] : []),
  ])
  if (platform.includes('${V')) return draw.nasty() ? `--platform=${platform}` : '--platform=$BUILDPLATFORM'
  return draw.chance(0.2) ? `--platform="${platform}"` : `--platform=${platform}`
}

function base(draw: Draw, known: readonly string[]): string {
  if (known.length > 0 && draw.chance(0.35)) {
    const name = draw.one(known)
    return quoted(draw, draw.nasty() ? name : name.toLowerCase())
  }
  if (draw.chance(0.1)) return draw.one(['scratch', '0', '"scratch"', draw.nasty() ? 'Scratch' : 'scratch'])
  if (draw.chance(0.4)) return expression(draw, 0)
  return quoted(draw, reference(draw))
}
