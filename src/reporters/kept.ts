/** Where a digest was kept although a person who deleted something by hand may have expected a lookup. */
import type { LockReport, UpdateReport } from '../core/report.ts'
import type { ImageReport } from '../core/report-parts.ts'

/** The longest list of names in a command. */
const MAX_NAMES = 3

/** One line for digests that were adopted from files, and one for locked digests that were put back into files. */
export function keptLines(report: LockReport | UpdateReport): readonly string[] {
  if (report.command === 'update') return []
  const { images, files, lockfile } = report
  // Without a tag, there is nothing to look up.
  const tagged = images.filter(({ key }) => !key.includes('@'))
  const adopted = lockfile.changed ? tagged.filter(({ source }) => source === 'adopted') : []
  const repinned = files.length > 0 ? tagged.filter(image => image.repinned === true) : []
  return [...line(adopted, 'the digest that the files have'), ...line(repinned, 'the locked digest')]
}

function line(images: readonly ImageReport[], kept: string): readonly string[] {
  const [first] = images
  if (first === undefined) return []
  const isOne = images.length === 1
  const names = images.length > MAX_NAMES ? 'IMAGE' : images.map(({ image }) => image).join(' ')
  return [
    `${isOne ? `${first.image} keeps` : `${images.length} images keep`} ${kept}; to look up the ${isOne ? 'tag' : 'tags'} again, run: dock-lock update ${names}`,
  ]
}
