/** Builds in the scripts of package.json, and in a command line. */

import { posix } from 'node:path'
import type { Build, BuildOptions } from '../../core/build.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { type Place, placeFinder } from '../../core/place.ts'
import { parsePlatform } from '../../core/platform.ts'
import { type BakeRun, readBakeRun } from '../bake/run.ts'
import type { BuildFormat, BuildProblem, BuildsRead, ProjectFiles } from '../build-format.ts'
import { isOutside, resolvePath } from '../compose/paths.ts'
import { type ComposeRun, readRun } from '../compose/run.ts'
import { isRemoteContext } from '../context-path.ts'
import { loadJsonTree, objectEntries, valueAt } from '../json-tree.ts'
import { computedImage, forPlatforms } from '../written-image.ts'
import type { BuildCommand } from './command.ts'
import { isPackageJson, mayHoldBuilds } from './names.ts'
import { commandOf, type ScriptCommand, scriptCommands } from './script.ts'

export interface ScriptsRead extends BuildsRead {
  readonly composeRuns: readonly ComposeRun[]
  /** Builds that are left out, since they are not literal. */
  readonly skipped: readonly BuildProblem[]
}

export const scripts: BuildFormat = {
  id: 'scripts',
  matches: isPackageJson,
  read: readScripts,
}

/** The builds in the scripts of a package.json. */
export async function readScripts(
  path: string,
  project: ProjectFiles,
  options: BuildOptions,
): Promise<ScriptsRead> {
  const all = createResult()
  const source = await project.read(path)
  if (source.kind !== 'text' || !mayHoldBuilds(source.text)) return all.result([])
  const read = (await loadJsonTree())(source.text, { comments: false })
  // It is no business of ours what is wrong with a package.json.
  if (!read.ok) return all.result([])
  const placeOf = placeFinder(path, source.text)
  for (const { key, offset, value } of objectEntries(valueAt(read.root, 'scripts'))) {
    if (value.kind !== 'string') continue
    for (const command of scriptCommands(value.text))
      await addCommand(
        all,
        command,
        { name: key, place: placeOf(offset), offset, folder: posix.dirname(path) },
        project,
        options,
      )
  }
  return all.result([path])
}

/** Reads the builds of a command line that is run in `folder`. */
export function ofCommand(argv: readonly string[], folder: string): BuildFormat {
  return {
    ...scripts,
    read: (path, project, options) => readCommandLine(argv, folder, path, project, options),
  }
}

/**
 * The builds of a command line that is run in `folder`. Unlike for a script, what files with default names say is part of it.
 * @param name names the command in messages, as a file
 */
export async function readCommandLine(
  argv: readonly string[],
  folder: string,
  name: string,
  project: ProjectFiles,
  options: BuildOptions,
): Promise<ScriptsRead> {
  const all = createResult()
  const words = argv.map(text => ({ text, isLiteral: true }))
  const command = commandOf(words, {}, '.')
  const place = { file: name, line: 1, column: 1 }
  if (command !== undefined)
    await addCommand(all, command, { name, place, offset: 0, folder, isAlone: true }, project, options)
  return all.result([name])
}

function createResult() {
  const builds: Build[] = []
  const parts: BuildsRead[] = []
  const composeRuns: ComposeRun[] = []
  const skipped: BuildProblem[] = []
  const occurrences: Occurrence[] = []
  return {
    builds,
    composeRuns,
    skipped,
    occurrences,
    parts,
    /** @param own the file of the scripts */
    result(own: readonly string[]): ScriptsRead {
      const isEmpty = builds.length + parts.length === 0
      const scripts: BuildsRead = { builds, occurrences, problems: [], files: isEmpty ? [] : own }
      const reread = (file: string, text: string) =>
        joined([
          scripts,
          ...parts.map(part => (part.files.includes(file) ? (part.reread?.(file, text) ?? part) : part)),
        ])
      return { ...joined([scripts, ...parts]), composeRuns, skipped, reread }
    },
  }
}

function joined(parts: readonly BuildsRead[]): BuildsRead {
  return {
    builds: parts.flatMap(({ builds }) => builds),
    occurrences: parts.flatMap(({ occurrences }) => occurrences),
    problems: parts.flatMap(({ problems }) => problems),
    files: parts.flatMap(({ files }) => files),
  }
}

/** Where a command is written. */
interface Site {
  readonly name: string
  readonly place: Place
  readonly offset: number
  readonly folder: string
  /** Nothing else is read, so what files with default names say is part of it. */
  readonly isAlone?: boolean
}

async function addCommand(
  all: ReturnType<typeof createResult>,
  { command, folder: relative, env }: ScriptCommand,
  { name, place, offset, folder: base, isAlone = false }: Site,
  project: ProjectFiles,
  options: BuildOptions,
): Promise<void> {
  const folder = resolvePath(project.root, base, relative)
  const resolve = (path: string) => resolvePath(project.root, folder, path)
  const skip = (reason: string) => all.skipped.push({ place, reason: `${name}: ${reason}` })
  if (command.kind === 'unclear') skip(command.reason)
  else if (isOutside(folder)) skip('its folder is outside the project')
  else if (command.kind === 'compose') {
    const { projectDirectory } = command
    const run: ComposeRun = {
      place,
      folder,
      files: command.files.map(resolve),
      profiles: command.profiles,
      envFiles: command.envFiles.map(resolve),
      ...(projectDirectory !== undefined && { projectDirectory: resolve(projectDirectory) }),
      env,
    }
    all.composeRuns.push(run)
    const found = await readRun(run, project, options, isAlone)
    if (found !== undefined) all.parts.push(found)
  } else if (command.kind === 'bake') {
    const run: BakeRun = { place, folder, files: command.files.map(resolve), env }
    all.parts.push(...(await readBakeRun(run, project, options, isAlone)))
  } else {
    const file = await dockerfileOf(command, resolve, project)
    if (file === undefined) return
    if (isOutside(file)) {
      skip(`its Dockerfile ${file} is outside the project`)
      return
    }
    const named = command.platforms.filter(platform => platform !== 'local')
    const isLocal = named.length < command.platforms.length
    const platforms = named.map(parsePlatform)
    if (platforms.includes(undefined)) {
      skip('its platform is not valid')
      return
    }
    const own = platforms.filter(platform => platform !== undefined)
    const target = command.target ?? options.target
    const origin = { file: place.file, line: place.line }
    const args = Object.entries(command.args).flatMap(([arg, value]) => {
      // Without a value, docker takes it from the environment, or gives none.
      const given = value ?? env[arg] ?? project.env[arg]
      return given === undefined ? [] : [[arg, [given]] as const]
    })
    for (const context of Object.values(command.contexts))
      if (context.startsWith('docker-image://'))
        all.occurrences.push(
          ...forPlatforms(contextImage(context.slice('docker-image://'.length), place, offset), own),
        )
    all.builds.push({
      name,
      dockerfile: { file },
      ...(target !== undefined && { target }),
      args: { ...options.args, ...Object.fromEntries(args) },
      argOrigins: Object.fromEntries(args.map(([arg]) => [arg, origin])),
      platforms: own.length === 0 && !isLocal ? options.platforms : own,
      ...(isLocal && own.length > 0 && { alsoOwnPlatform: true as const }),
      contexts: command.contexts,
      origin,
    })
  }
}

function contextImage(text: string, place: Place, offset: number): Occurrence {
  const range = { start: offset, end: offset }
  return computedImage(place.file, text, range, place, 'context', {
    kind: 'never',
    reason: 'in-command',
    names: [],
  })
}

/** Undefined if it is not in the project. Unlike in Bake, `-f` is relative to the working directory. */
async function dockerfileOf(
  { tool, context, dockerfile }: Extract<BuildCommand, { readonly kind: 'build' }>,
  resolve: (path: string) => string,
  project: ProjectFiles,
): Promise<string | undefined> {
  const isRemote = isRemoteContext(context)
  if (dockerfile !== undefined && isRemoteContext(dockerfile)) return undefined
  if (tool === 'docker') {
    if (isRemote) return undefined
    return dockerfile === undefined ? posix.join(resolve(context), 'Dockerfile') : resolve(dockerfile)
  }
  if (isRemote) return undefined
  const names = dockerfile === undefined ? ['Containerfile', 'Dockerfile'] : [dockerfile]
  const candidates = [
    ...(dockerfile === undefined ? [] : [resolve(dockerfile)]),
    ...names.map(name => posix.join(resolve(context), name)),
  ]
  for (const candidate of candidates)
    if (!isOutside(candidate) && (await project.read(candidate)).kind === 'text') return candidate
  return candidates[0]
}
