export interface GeneratorOptions {
  /** How often something goes wrong on purpose, from 0 (BuildKit accepts the file) to 1. */
  readonly nastiness: number
  /** A registry with a port. */
  readonly host?: string
  /** Makes the digests, where random ones do not do. */
  readonly digest?: () => string
}

export interface Draw {
  readonly chance: (probability: number) => boolean
  readonly one: <T>(choices: readonly T[]) => T
  readonly list: <T>(min: number, max: number, make: () => T) => T[]
  /** From 0 to `most`, inclusive. */
  readonly count: (most: number) => number
  /** True only when nasty things are asked for, and then seldom. */
  readonly nasty: () => boolean
  readonly host: string
  readonly digest: () => string
}

/** Of ARGs. */
export const NAMES: readonly string[] = ['TAG', 'BASE', 'V', 'X_1', 'tag']

export function keyword(draw: Draw, name: string): string {
  return draw.one([name, name, name, name.toLowerCase(), `${name[0]}${name.slice(1).toLowerCase()}`])
}

export function blank(draw: Draw): string {
  return draw.one([
    ' ',
    ' ',
    ' ',
    '  ',
    '\t',
    ' \t ',
    draw.chance(0.1) ? '\v' : ' ',
    draw.chance(0.1) ? '\f' : ' ',
  ])
}

/** In quotes as the shell lexer reads them, perhaps. */
export function quoted(draw: Draw, text: string): string {
  if (/["'$\\`]/.test(text) || draw.chance(0.7)) return text
  return draw.one([
    `"${text}"`,
    `'${text}'`,
    `${text.slice(0, 2)}"${text.slice(2)}"`,
    `${text}''`,
    `""${text}`,
  ])
}

/** In quotes as flags take them, perhaps. */
export function flagQuoted(draw: Draw, text: string): string {
  if (draw.chance(0.75)) return text
  return draw.one([`"${text}"`, `'${text}'`, `${text.slice(0, 2)}'${text.slice(2)}'`, `${text}""`])
}
