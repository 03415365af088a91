import { defaultBuild } from '../../core/build.ts'
import type { Format } from '../format.ts'
import { extract } from './extract.ts'

/** What stands beside Dockerfiles under their name: what to leave out of a build, documents, and what merges leave behind. */
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
  builds: (_source, path, options) => [defaultBuild(path, options)],
  extract,
}
