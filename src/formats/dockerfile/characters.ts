/** Character classes of the Go code that reads Dockerfiles, where JavaScript's own differ. */

/** Go's `unicode.IsSpace`. Unlike `\s`, it includes U+0085 and excludes U+FEFF. */
const SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** Whether `char` is a space to Go's `unicode.IsSpace`. */
export function goSpace(char: string): boolean {
  const code = char.charCodeAt(0)
  return code < 0x80 ? code === 0x20 || (code >= 0x09 && code <= 0x0d) : SPACE.test(char)
}

/** The first index from `start` on, before `end`, that is not a space; `end` if there is none. */
export function skipSpace(text: string, start: number, end: number): number {
  let index = start
  while (index < end && goSpace(text[index]!)) index++
  return index
}

/** The index after the last character before `end` that is not a space; `start` if there is none. */
export function trimSpaceEnd(text: string, start: number, end: number): number {
  let index = end
  while (index > start && goSpace(text[index - 1]!)) index--
  return index
}

/** What separates words in most instructions: `[\t\v\f\r ]`. */
export function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\v' || char === '\f' || char === '\r'
}

/** Length of `text` in UTF-8 bytes. */
export function byteLength(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      bytes += 4
      index++
    } else bytes += 3
  }
  return bytes
}
