import { crc32 } from 'node:zlib'

const blockSize = 512
/** Every entry has the same time, so that the same files are the same bytes. Seconds since 1970. */
const modified = Date.UTC(2024, 0, 1) / 1000

/**
 * A POSIX ustar archive of `files` (path → content), sorted by path. A path that ends in `/` is a directory.
 * Everything is owned by root with mode 0755. Throws RangeError for a path that ustar cannot hold.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06
 */
export function tar(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const parts: Buffer[] = []
  for (const path of Object.keys(files).sort()) {
    const content = Buffer.from(files[path]!)
    parts.push(header(path, content.length), content, Buffer.alloc(-content.length & (blockSize - 1)))
  }
  parts.push(Buffer.alloc(2 * blockSize))
  return Buffer.concat(parts)
}

function header(path: string, size: number): Buffer {
  const [prefix, name] = split(path)
  const block = Buffer.alloc(blockSize)
  const octal = (value: number, offset: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, offset)
  }
  block.write(name, 0)
  octal(0o755, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(modified, 136, 12)
  block.fill(' ', 148, 156)
  block.write(path.endsWith('/') ? '5' : '0', 156)
  block.write('ustar\x0000', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

function split(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path]
  for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
    const prefix = path.slice(0, at)
    const name = path.slice(at + 1)
    if (name && Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name]
  }
  throw new RangeError(`path too long for ustar: ${path}`)
}

/**
 * `data` as gzip in stored (not compressed) blocks: unlike zlib's output the bytes, and so the digests, are the
 * same on every platform and with every zlib. https://www.rfc-editor.org/rfc/rfc1952
 */
export function gzipStored(data: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])]
  const blocks = Math.max(1, Math.ceil(data.length / 0xffff))
  for (let index = 0; index < blocks; index++) {
    const chunk = data.subarray(index * 0xffff, (index + 1) * 0xffff)
    const head = Buffer.alloc(5)
    head[0] = index === blocks - 1 ? 1 : 0
    head.writeUInt16LE(chunk.length, 1)
    head.writeUInt16LE(~chunk.length & 0xffff, 3)
    parts.push(head, chunk)
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(data), 0)
  trailer.writeUInt32LE(data.length >>> 0, 4)
  parts.push(trailer)
  return Buffer.concat(parts)
}
