import type { Occurrence } from '../../core/occurrence.ts'
import type { ExtractOptions, Format } from '../format.ts'
import { extract } from './extract.ts'

/** Files beside Dockerfiles with similar names: ignore files, documents, and leftovers of merges. */
const NOT_BUILT = /\.(?:dockerignore|mdx?|rst|adoc|html?|orig|rej|swp)$/

/** Dockerfiles, read as BuildKit reads them. */
export const dockerfile: Format = {
  id: 'dockerfile',
  matches(path: string): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
    return (
      !NOT_BUILT.test(name) &&
      /^(?:.+\.)?(?:dockerfile|containerfile)$|^(?:dockerfile|containerfile)\..+$/s.test(name)
    )
  },
  extract(source: string, path: string, options: ExtractOptions): readonly Occurrence[] {
    return extract(source, path, options)
  },
}
