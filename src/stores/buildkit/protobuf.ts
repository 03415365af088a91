/** The part of protobuf that the messages to and from BuildKit need. https://protobuf.dev/programming-guides/encoding/ */

/** A string or message field. */
export function writeBytes(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes])
}

/** A non-negative integer field. */
export function writeNumber(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return Buffer.from([...bytes, rest])
}

/** The fields of a message by number, each in order. Fixed-width fields are skipped. */
export interface Message {
  bytes(number: number): readonly Buffer[]
  /** The last string with that number; empty if there is none. */
  text(number: number): string
  /** The last integer with that number; 0 if there is none. */
  number(number: number): number
}

/** @throws RangeError for a malformed message */
export function readMessage(message: Uint8Array): Message {
  const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  const lengths = new Map<number, Buffer[]>()
  const numbers = new Map<number, number>()
  let position = 0
  const next = (): number => {
    let value = 0
    for (let factor = 1; factor < 2 ** 70; factor *= 0x80) {
      const byte = buffer[position++]
      if (byte === undefined) throw new RangeError('the message is cut off')
      value += (byte % 0x80) * factor
      if (byte < 0x80) return value
    }
    throw new RangeError('a number in the message is too long')
  }
  while (position < buffer.length) {
    const tag = next()
    const number = Math.floor(tag / 8)
    switch (tag % 8) {
      case 0:
        numbers.set(number, next())
        break
      case 1:
        position += 8
        break
      case 2: {
        const length = next()
        if (position + length > buffer.length) throw new RangeError('the message is cut off')
        const bytes = buffer.subarray(position, position + length)
        position += length
        const list = lengths.get(number)
        if (list === undefined) lengths.set(number, [bytes])
        else list.push(bytes)
        break
      }
      case 5:
        position += 4
        break
      default:
        throw new RangeError('the message is malformed')
    }
  }
  return {
    bytes: number => lengths.get(number) ?? [],
    text: number => lengths.get(number)?.at(-1)?.toString('utf8') ?? '',
    number: number => numbers.get(number) ?? 0,
  }
}

/** A field `map<string, string>`. */
export function readMap(message: Message, number: number): ReadonlyMap<string, string> {
  return new Map(
    message.bytes(number).map(bytes => {
      const entry = readMessage(bytes)
      return [entry.text(1), entry.text(2)] as const
    }),
  )
}
