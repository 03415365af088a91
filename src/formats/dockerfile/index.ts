import type { Occurrence } from '../../core/occurrence.ts'
import type { ExtractOptions, Format } from '../format.ts'
import { extract } from './extract.ts'

/** Dockerfiles, read as BuildKit reads them. */
export const dockerfile: Format = {
  id: 'dockerfile',
  matches(path: string): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
    return (
      !name.endsWith('.dockerignore') &&
      /^(?:.+\.)?(?:dockerfile|containerfile)$|^(?:dockerfile|containerfile)\..+$/s.test(name)
    )
  },
  extract(source: string, path: string, options: ExtractOptions): readonly Occurrence[] {
    return extract(source, path, options)
  },
}
