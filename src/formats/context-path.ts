/** Paths of contexts and Dockerfiles, as buildx reads them. */
import { posix } from 'node:path'

export type DockerfilePath =
  | { readonly kind: 'file'; readonly file: string }
  /** A URL or a repository. */
  | { readonly kind: 'remote' }
  | { readonly kind: 'outside' }

/** Whether BuildKit gets it from elsewhere. @see https://github.com/moby/buildkit/blob/master/util/gitutil/git_ref.go */
export function isRemote(path: string): boolean {
  return /^(?:https?|git|ssh|git\+\w+):\/\/|^git@|^github\.com\/|^[\w.-]+@[\w.-]+:|^oci-layout:|^docker-image:/.test(
    path,
  )
}

/** A context as buildx prints it: `./x/` is `x`. */
export function cleanContext(context: string): string {
  const local = context.startsWith('cwd://') ? context.slice('cwd://'.length) : context
  if (local === context && isRemote(context)) return context
  const normal = posix.normalize(local)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}

/** The Dockerfile of a build in `folder` of the project, whose paths begin with it. */
export function dockerfilePath(folder: string, context: string, dockerfile: string): DockerfilePath {
  if (isRemote(dockerfile)) return { kind: 'remote' }
  const local = dockerfile.startsWith('cwd://') ? dockerfile.slice('cwd://'.length) : undefined
  if (local === undefined && isRemote(context)) return { kind: 'remote' }
  return pathInProject(
    folder,
    ...(local === undefined ? [context.replace(/^cwd:\/\//, '') || '.', dockerfile] : [local]),
  )
}

/** A path from the root of the project, whose parts are joined unless one is absolute. */
export function pathInProject(folder: string, ...parts: readonly string[]): DockerfilePath {
  const slashed = parts.map(part => part.replaceAll('\\', '/'))
  if (slashed.some(part => part.startsWith('/') || /^[A-Za-z]:\//.test(part))) return { kind: 'outside' }
  const file = posix.join(folder, ...slashed)
  return file === '..' || file.startsWith('../') ? { kind: 'outside' } : { kind: 'file', file }
}

/** The folder of a path with `/`; empty at the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}
