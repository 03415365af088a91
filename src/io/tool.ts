/** What reports for other programs say about dock-lock and the project. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'
import type { Rule } from '../core/rules.ts'
import { findProject } from './project.ts'
import { isInside } from './read.ts'
import { readRules } from './rules.ts'
import { readManifest } from './version.ts'

type Env = Readonly<Record<string, string | undefined>>

export async function readTool(
  cwd: string,
  env: Env,
): Promise<{
  readonly version: string
  readonly home?: string
  readonly rules: readonly Rule[]
  readonly folder: string
}> {
  const [{ version, homepage }, rules] = await Promise.all([readManifest(), readRules()])
  return {
    version,
    ...(homepage !== undefined && { home: homepage }),
    rules,
    folder: folderInRepository(cwd, env),
  }
}

/** The project of `cwd` in its repository, `api/`; empty at the top. */
export function folderInRepository(cwd: string, { GITHUB_WORKSPACE, CI_PROJECT_DIR }: Env): string {
  if (!existsSync(cwd)) return ''
  const project = findProject(cwd)
  const given = [GITHUB_WORKSPACE, CI_PROJECT_DIR].find(
    path => path && isAbsolute(path) && existsSync(path) && isInside(realpathSync(path), project),
  )
  const top = given === undefined ? repositoryOf(project) : realpathSync(given)
  const folder = relative(top, project).split(sep).join('/')
  return folder === '' ? '' : `${folder}/`
}

function repositoryOf(project: string): string {
  for (let folder = project; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (dirname(folder) === folder) return project
  }
}
