/** Paths of contexts and Dockerfiles, as docker and buildx read them. */
import { posix } from 'node:path'
import type { ProjectFiles } from './build-format.ts'
import { isOutside, resolvePath } from './compose/paths.ts'

export type DockerfilePath =
  | { readonly kind: 'file'; readonly file: string }
  /** A URL or a repository. */
  | { readonly kind: 'remote' }
  | { readonly kind: 'outside' }

/** Whether BuildKit gets it from elsewhere. @see https://github.com/moby/buildkit/blob/master/util/gitutil/git_ref.go */
export function isRemoteContext(path: string): boolean {
  return /^(?:(?:https?|git|ssh|git\+\w+):\/\/|github\.com\/|[\w.-]+@[\w.-]+:|oci-layout:|docker-image:)/.test(
    path,
  )
}

/** A context as buildx prints it: `./x/` is `x`. */
export function cleanContext(context: string): string {
  const local = withoutScheme(context)
  if (local === context && isRemoteContext(context)) return context
  const normal = posix.normalize(local)
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal
}

/** The Dockerfile of a build that is started in `folder`. */
export function dockerfilePath(
  { root }: Pick<ProjectFiles, 'root'>,
  folder: string,
  context: string,
  dockerfile: string,
): DockerfilePath {
  if (isRemoteContext(dockerfile)) return { kind: 'remote' }
  // A local Dockerfile for any context.
  const local = withoutScheme(dockerfile)
  if (local !== dockerfile || local.startsWith('/')) return inProject(resolvePath(root, folder, local))
  if (isRemoteContext(context)) return { kind: 'remote' }
  return inProject(resolvePath(root, resolvePath(root, folder, withoutScheme(context) || '.'), local))
}

function inProject(file: string): DockerfilePath {
  return isOutside(file) ? { kind: 'outside' } : { kind: 'file', file }
}

function withoutScheme(path: string): string {
  return path.startsWith('cwd://') ? path.slice('cwd://'.length) : path
}
