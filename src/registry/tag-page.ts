/** Reads the tags of one page from its bytes as they arrive, without keeping the rest of the document. */
import { HttpFailure } from './transport/failure.ts'

export interface TagPage {
  /** How many tags. */
  readonly count: number
  /** The tags, each followed by {@link END}. They stay bytes: strings would cost most of the time and memory of reading a list. */
  readonly tags: Buffer
  /** Whether the bytes so far are a whole document with a list of tags, which may be null. */
  readonly isComplete: boolean
  /** Bytes read. */
  readonly size: number
  write(chunk: Buffer): void
}

/** A line feed. It is in no tag. */
export const END = 0x0a

/** The grammar of a tag is in core/reference.ts. Anything else is dropped: nobody could pull it. */
const TAG = /^\w[\w.-]{0,127}$/
const TAG_MAX = 128
/** By byte: 2 if a tag may start with it, 1 if a tag may contain it. */
const IN_TAG = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  return /\w/.test(character) ? 2 : Number(/[.-]/.test(character))
})
/** Bytes of a string that are kept. Six for each character, if all are escaped. */
const STRING_MAX = 6 * TAG_MAX
/** Levels of arrays and objects. Google's registries have three. */
const DEPTH_MAX = 64
const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COLON, COMMA] = [
  ...'"\\{}[]:,',
].map(character => character.charCodeAt(0))

/**
 * A reader of `{"name": …, "tags": ["1", …], …}`. Other fields are skipped: Google's registries list all manifests there.
 * @param most tags, and bytes of the document; with more, `write` throws HttpFailure `too-large`
 */
export function createTagPage(
  host: string,
  most: { readonly tags: number; readonly bytes: number },
): TagPage {
  let tags = Buffer.alloc(0)
  /** Bytes of `tags` that are used. */
  let length = 0
  let count = 0
  let size = 0
  let depth = 0
  let isObject = false
  let isClosed = false
  let isBroken = false
  /** The last string at the top level, if a colon has not followed yet, and the key of the value that is being read. */
  let last = ''
  let key = ''
  let hasTags = false
  let inTags = false
  let inString = false
  let isEscaped = false
  /** The string that is being read, from earlier chunks. Undefined: it is too long. */
  let partial: string | undefined = ''

  const addTag = (text: string | undefined): void => {
    if (text === undefined || !TAG.test(text)) return
    // A string that began in an earlier chunk may be longer than this one.
    reserve(text.length + 1)
    length += tags.write(`${text}\n`, length, 'latin1')
    addCount(count + 1)
  }

  const addCount = (now: number): void => {
    count = now
    if (count > most.tags) throw tooLarge(host, `more than ${most.tags.toLocaleString('en')} tags`)
  }

  const reserve = (bytes: number): void => {
    if (length + bytes <= tags.length) return
    const larger = Buffer.allocUnsafe(Math.max(length + bytes, 2 * tags.length))
    tags.copy(larger, 0, 0, length)
    tags = larger
  }

  /**
   * Reads tags with nothing but commas between them from `start`, the index of a quote. Returns the index of the first byte that is
   * part of something else: the end of the list, space, a string that is no tag, or a tag that the chunk does not hold as a whole.
   */
  const readTags = (chunk: Buffer, start: number): number => {
    // A tag takes fewer bytes here than in the chunk, where it has two quotes.
    reserve(chunk.length - start)
    // Local variables, because this loop sees every byte of every list.
    const into = tags
    const size = chunk.length
    let added = 0
    let used = length
    let at = start
    while (at + 1 < size && chunk[at] === QUOTE && IN_TAG[chunk[at + 1]!] === 2) {
      let next = at + 1
      let end = used
      while (next < size && IN_TAG[chunk[next]!] !== 0) into[end++] = chunk[next++]!
      if (next === size || chunk[next] !== QUOTE || end - used > TAG_MAX) break
      into[end++] = END
      used = end
      added += 1
      at = next + 1
      if (at + 1 < size && chunk[at] === COMMA && chunk[at + 1] === QUOTE) at += 1
    }
    length = used
    addCount(count + added)
    return at
  }

  const endString = (raw: string | undefined): void => {
    const text = raw?.includes('\\') ? unescaped(raw) : raw
    if (inTags) addTag(text)
    else if (depth === 1) last = text ?? ''
  }

  /** Reads on in a string from `start`, and returns the index after it. */
  const readString = (chunk: Buffer, start: number): number => {
    let at = start
    for (; at < chunk.length; at++) {
      const byte = chunk[at]
      if (isEscaped) isEscaped = false
      else if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) break
    }
    const isWanted = inTags || depth === 1
    if (isWanted && partial !== undefined)
      partial =
        partial.length + at - start > STRING_MAX ? undefined : partial + chunk.toString('latin1', start, at)
    if (at === chunk.length) return at
    inString = false
    if (isWanted) endString(partial)
    return at + 1
  }

  const readByte = (byte: number): void => {
    switch (byte) {
      case QUOTE:
        inString = true
        partial = ''
        return
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (depth === 0 && (isClosed || byte === OPEN_ARRAY)) isBroken = true
        if (depth === 0) isObject = true
        else if (depth === 1 && key === 'tags' && byte === OPEN_ARRAY) inTags = hasTags = true
        else if (inTags) isBroken = true
        depth += 1
        if (depth > DEPTH_MAX) isBroken = true
        return
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        depth -= 1
        if (depth <= 1) inTags = false
        if (depth === 0) isClosed = true
        else if (depth < 0) isBroken = true
        return
      case COLON:
        if (depth === 1) key = last
        if (depth === 1 && key === 'tags') hasTags = true
        return
      case COMMA:
        if (depth === 1) key = ''
        return
    }
    if (depth === 0 && byte > 0x20) isBroken = true
  }

  return {
    get count() {
      return count
    },
    get tags() {
      return tags.subarray(0, length)
    },
    get isComplete() {
      return isObject && isClosed && hasTags && !isBroken
    },
    get size() {
      return size
    },
    write(chunk) {
      size += chunk.length
      if (size > most.bytes) throw tooLarge(host, `more than ${most.bytes >> 20} MiB of tags`)
      let at = 0
      while (at < chunk.length && !isBroken) {
        if (inString) {
          at = readString(chunk, at)
          continue
        }
        const next = inTags && chunk[at] === QUOTE ? readTags(chunk, at) : at
        if (next === at) readByte(chunk[at++]!)
        else at = next
      }
    },
  }
}

/** The tags of these pages that end with `ending`, each once. */
export function splitTags(pages: readonly Buffer[], ending = ''): readonly string[] {
  const tags = pages.flatMap(page =>
    ending === '' ? page.toString('latin1').split('\n').slice(0, -1) : tagsWith(page, ending),
  )
  return isSorted(tags) ? tags : [...new Set(tags)]
}

/** Makes no string of any other tag. */
function tagsWith(page: Buffer, ending: string): string[] {
  const tags: string[] = []
  const sought = Buffer.from(`${ending}\n`, 'latin1')
  for (let found = page.indexOf(sought); found >= 0; found = page.indexOf(sought, found + sought.length)) {
    const start = found === 0 ? 0 : page.lastIndexOf(END, found - 1) + 1
    tags.push(page.toString('latin1', start, found + ending.length))
  }
  return tags
}

/** Most registries sort tags. Then none can be there twice, and no set is needed. */
function isSorted(tags: readonly string[]): boolean {
  let before = ''
  for (const tag of tags) {
    if (tag <= before) return false
    before = tag
  }
  return true
}

function tooLarge(host: string, what: string): HttpFailure {
  return new HttpFailure('too-large', `${host} lists ${what}, which is more than dock-lock reads`)
}

function unescaped(raw: string): string | undefined {
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    return undefined
  }
}
