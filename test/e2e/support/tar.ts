export interface TarEntry {
  /** A directory's ends in a slash. At most 100 bytes. */
  readonly path: string
  readonly mode: number
  readonly content?: Uint8Array
  /** Target: makes the entry a symbolic link. */
  readonly link?: string
}

/** An archive in the ustar format (POSIX.1-1988): owner root, no times, hence the same bytes for the same entries. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap(entry => {
    const content = entry.content ?? new Uint8Array()
    return [header(entry, content.length), content, Buffer.alloc(-content.length & 511)]
  })
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(512)
  const octal = (value: number, offset: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1')
  block.write(entry.path, 0, 'utf8')
  octal(entry.mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  block.fill(' ', 148, 156)
  block.write(entry.link !== undefined ? '2' : entry.path.endsWith('/') ? '5' : '0', 156, 'latin1')
  block.write(entry.link ?? '', 157, 'utf8')
  block.write('ustar\x0000', 257, 'latin1')
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}
