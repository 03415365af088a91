/** Numbers in tags as digits: they may be longer than a number of JavaScript can hold. */

/** Dates and times as numbers, such as 1729081234, are not comparable with short numbers. */
export function formOfDigits(digits: string): string {
  if (dateLength(digits) > 0) return '{date}'
  return digits.length >= 9 ? '{long}' : '#'
}

/** 8 for `20241016`, 12 and 14 with a time; else 0. */
export function dateLength(digits: string): number {
  return [8, 12, 14].includes(digits.length) && isDate(digits) ? digits.length : 0
}

export function isDate(digits: string): boolean {
  return /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])/.test(digits)
}

/** `1a2b3c4` or, as `git describe` writes it, `g1a2b3c4`. */
export function isHash(segment: string): boolean {
  return /^g?[0-9a-f]{7,64}$/.test(segment) && /\d/.test(segment) && /[a-f]/.test(segment)
}

export function compareDigitLists(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = compareDigits(a[index] ?? '', b[index] ?? '')
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** Compares numbers of any length by their digits. */
export function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : Number(a > b)
}

export function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '')
}
