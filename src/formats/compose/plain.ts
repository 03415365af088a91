/** What an unquoted scalar means in Go's yaml package, as the text that Go prints for it. */

export type ParsedScalar = { readonly kind: 'null' } | { readonly kind: 'text'; readonly text: string }

const NULLS: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL'])
const BOOLEANS: ReadonlySet<string> = new Set(['true', 'True', 'TRUE', 'false', 'False', 'FALSE'])
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/
const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9]\d*|0))$/
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
const MAX_INTEGER = 2n ** 64n

export function plainValue(written: string): ParsedScalar {
  if (NULLS.has(written)) return { kind: 'null' }
  return { kind: 'text', text: canonical(written) }
}

function canonical(written: string): string {
  if (BOOLEANS.has(written)) return written.toLowerCase()
  const infinite = INFINITE.exec(written)
  if (infinite !== null) return infinite[1] === '-' ? '-Inf' : '+Inf'
  if (/^\.(?:nan|NaN|NAN)$/.test(written)) return 'NaN'
  if (!/^[-+.\d]/.test(written)) return written
  const plain = written.startsWith('.') ? written : written.replaceAll('_', '')
  const integer = INTEGER.exec(plain)
  if (integer !== null) {
    const [, sign, hex, binary, octal, decimal] = integer
    const value = BigInt(
      decimal ?? (hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : `0o${octal}`),
    )
    if (value < MAX_INTEGER) return `${sign === '-' && value > 0n ? '-' : ''}${value}`
  }
  return FLOAT.test(plain) ? floatText(Number(plain)) : written
}

/** As Go's `%v`: the shortest digits, with an exponent below 1e-4 and from 1e21 on. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const [mantissa = '', power = '0'] = value.toExponential().split('e')
  const exponent = Number(power)
  if (value !== 0 && (exponent < -4 || exponent >= 21)) {
    const digits = String(Math.abs(exponent)).padStart(2, '0')
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`
  }
  const text = String(value)
  return text.includes('e') ? value.toFixed(20).replace(/\.?0+$/, '') : text
}
