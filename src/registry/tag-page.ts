/** Reads the tags of one page from its bytes as they arrive, without keeping the rest of the document. */
import { HttpFailure } from './transport/failure.ts'

export interface TagPage {
  /** How many tags. */
  readonly count: number
  /** The tags with {@link SEPARATOR} between them. A string for each tag would cost most of the time of reading a list. */
  readonly text: string
  /** Whether the bytes so far are a whole document with a list of tags, which may be null. */
  readonly isComplete: boolean
  /** Bytes read. */
  readonly size: number
  write(chunk: Buffer): void
}

/** What is between two tags in JSON, and in no tag. */
export const SEPARATOR = '","'

/** The grammar of a tag is in core/reference.ts. Anything else is dropped: nobody could pull it. */
const TAG = /^\w[\w.-]{0,127}$/
/** Only tags, as most registries write them. */
const TAGS = /^"\w[\w.-]{0,127}"(?:,"\w[\w.-]{0,127}")*$/
/** Bytes of a string that are kept. Six for each character, if all are escaped. */
const STRING_MAX = 6 * 128
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
  /** One tag or several. */
  const parts: string[] = []
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

  const addTag = (text: unknown): void => {
    if (typeof text === 'object' && text !== null) isBroken = true
    if (typeof text === 'string' && TAG.test(text)) addPart(text, 1)
  }

  const addPart = (part: string, number: number): void => {
    count += number
    if (count > most.tags) throw tooLarge(host, `more than ${most.tags.toLocaleString('en')} tags`)
    parts.push(part)
  }

  /**
   * Reads the whole tags of a chunk from `start` at once, which takes a fraction of the time, and returns the index after them. Returns
   * `start` if there are none, or if they contain a bracket or a comma.
   */
  const readTags = (chunk: Buffer, start: number): number => {
    const bracket = chunk.indexOf(CLOSE_ARRAY!, start)
    const end = bracket < 0 ? chunk.lastIndexOf(COMMA!) : bracket
    if (end <= start) return start
    const text = chunk.toString('latin1', start, end)
    if (TAGS.test(text)) {
      addPart(text.slice(1, -1), 1 + countOf(COMMA!, chunk, start, end))
      return end
    }
    try {
      for (const tag of JSON.parse(`[${text}]`) as unknown[]) addTag(tag)
      return end
    } catch (error) {
      if (error instanceof HttpFailure) throw error
      return start
    }
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
    get text() {
      return parts.join(SEPARATOR)
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
      // Tried once for each chunk, so that text that cannot be read at once is not read again and again.
      let isPlain = true
      while (at < chunk.length && !isBroken) {
        if (inTags && !inString && isPlain && chunk[at] === QUOTE) {
          const next = readTags(chunk, at)
          isPlain = next > at
          at = next
        } else if (inString) at = readString(chunk, at)
        else readByte(chunk[at++]!)
      }
    },
  }
}

/** The tags in the text of a page or of several, each once. */
export function splitTags(text: string): readonly string[] {
  const tags = text === '' ? [] : text.split(SEPARATOR)
  return isSorted(tags) ? tags : [...new Set(tags)]
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

function countOf(byte: number, chunk: Buffer, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) if (chunk[at] === byte) count += 1
  return count
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
