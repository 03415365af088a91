/** Which files are a Compose project, and with which variables, as `docker compose` decides in a folder. */
import { posix } from 'node:path'
import { type GetVariable, substitute, TemplateError } from './interpolate.ts'
import { type Files, withEnvFiles } from './load.ts'
import { isDefaultName, NAMES } from './names.ts'
import { entriesOf, type Node } from './node.ts'
import { exists, folderOf, resolvePath } from './paths.ts'

const OVERRIDES = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
] as const

export interface Settings {
  /** The files in the order in which they are merged; none if the file at `path` is not the one that Compose takes in its folder. */
  readonly paths: readonly string[]
  readonly folder: string
  readonly lookup: GetVariable
}

/** The project that Compose reads in the folder of the file at `path`, or with `-f` if its name is another one. */
export function settingsOf(files: Files, path: string): Settings {
  const { env, root } = files.project
  const folder = folderOf(path)
  const own: GetVariable = name => env[name]
  const lookup = withDefaultEnv(files, folder, own)
  if (!isDefaultName(path)) return { paths: [path], folder, lookup }
  // In the environment, it is about the folder where Compose runs.
  const listed = folder === '.' ? lookup('COMPOSE_FILE') : withoutOwn(lookup, env)('COMPOSE_FILE')
  if (listed) {
    const separator = lookup('COMPOSE_PATH_SEPARATOR') || posix.delimiter
    const paths = listed.split(separator).map(one => resolvePath(root, folder, one))
    const first = folderOf(paths[0] as string)
    return { paths, folder: first, lookup: withDefaultEnv(files, first, lookup) }
  }
  for (const name of NAMES) {
    const candidate = posix.join(folder, name)
    if (candidate === path) break
    if (exists(files.project, candidate)) return { paths: [], folder, lookup }
  }
  for (const name of OVERRIDES) {
    const override = posix.join(folder, name)
    if (exists(files.project, override)) return { paths: [path, override], folder, lookup }
  }
  return { paths: [path], folder, lookup }
}

/** The project of `docker compose -f A -f B`. */
export function settingsOfFiles(files: Files, paths: readonly string[], folder: string): Settings {
  return { paths, folder, lookup: withDefaultEnv(files, folder, name => files.project.env[name]) }
}

/** A variable that only an env file gives. */
function withoutOwn(lookup: GetVariable, env: Files['project']['env']): GetVariable {
  return name => (env[name] === undefined ? lookup(name) : undefined)
}

function withDefaultEnv(files: Files, folder: string, lookup: GetVariable): GetVariable {
  const listed = lookup('COMPOSE_ENV_FILES')
  if (listed) {
    const paths = listed.split(',').map(one => resolvePath(files.project.root, '.', one))
    const sources = paths.map(path => ({ path, from: { file: path, offset: 0 } }))
    return withEnvFiles(files, sources, lookup)
  }
  if (/^(?:1|t|true)$/i.test(lookup('COMPOSE_DISABLE_ENV_FILE') ?? '')) return lookup
  return withEnvFiles(files, [{ path: posix.join(folder, '.env') }], lookup)
}

/** The variables with the name of the project, which Compose sets: from `COMPOSE_PROJECT_NAME`, `name:` or the folder. */
export function withProjectName(
  { lookup, folder }: Settings,
  root: string,
  documents: readonly Node[],
): GetVariable {
  const given = lookup('COMPOSE_PROJECT_NAME')
  if (given) return lookup
  let stated = ''
  for (const document of documents)
    for (const [key, { value }] of entriesOf(document))
      if (key === 'name' && value.kind === 'text') stated = expanded(value.value, lookup)
  const name = normalized(stated) || normalized(posix.basename(posix.join(root, folder)))
  return variable => (variable === 'COMPOSE_PROJECT_NAME' ? name : lookup(variable))
}

function expanded(text: string, lookup: GetVariable): string {
  try {
    return substitute(text, lookup)
      .map(piece => piece.text)
      .join('')
  } catch (error) {
    // It is reported where the file is loaded.
    if (error instanceof TemplateError) return ''
    throw error
  }
}

function normalized(name: string): string {
  return (name.toLowerCase().match(/[a-z0-9_-]/g) ?? []).join('').replace(/^[_-]+/, '')
}

/** The services that are started: all, or those of the profiles that `COMPOSE_PROFILES` names. */
export function profileFilter(lookup: GetVariable): (profiles: readonly string[]) => boolean {
  const listed = lookup('COMPOSE_PROFILES')
  if (!listed) return () => true
  const active = new Set(listed.split(',').map(one => one.trim()))
  return profiles => profiles.length === 0 || active.has('*') || profiles.some(one => active.has(one))
}
