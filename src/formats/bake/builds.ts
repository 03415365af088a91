/** From the targets of Bake files to builds and images. */
import type { BuildOptions, InlineDockerfile } from '../../core/build.ts'
import type { Occurrence } from '../../core/occurrence.ts'
import { type Place, placeFinder } from '../../core/place.ts'
import { formatPlatform, type Platform, parsePlatform } from '../../core/platform.ts'
import { withoutUserinfo } from '../../core/userinfo.ts'
import type { BuildProblem, ProjectFiles } from '../build-format.ts'
import { withIgnore } from '../compose/ignore.ts'
import { dockerfilePath } from '../context-path.ts'
import type { WrittenBuild, WrittenText } from '../written.ts'
import { computedImage, forPlatforms, writtenImage } from '../written-image.ts'
import type { BakeDefinition, BakeTarget } from './definition.ts'
import type { BakeText } from './expression.ts'
import { type Places, parentsOf } from './places.ts'

const IMAGE = 'docker-image://'

export interface BakeBuilds {
  readonly builds: readonly WrittenBuild[]
  readonly occurrences: readonly Occurrence[]
  readonly problems: readonly BuildProblem[]
}

/** @param folder where `docker buildx bake` runs */
export function bakeBuilds(
  project: Pick<ProjectFiles, 'root'>,
  folder: string,
  texts: readonly BakeText[],
  definition: BakeDefinition,
  places: Places,
  options: BuildOptions,
): BakeBuilds {
  const finders = new Map(texts.map(({ file, text }) => [file, placeFinder(file, text)]))
  const placeOf = (file: string, offset: number): Place =>
    finders.get(file)?.(offset) ?? { file, line: 1, column: 1 }
  const builds: WrittenBuild[] = []
  const occurrences = new Map<string, Occurrence>()
  const problems: BuildProblem[] = []
  for (const name of builtTargets(texts, definition)) {
    const target = definition.targets.get(name)!
    const block = places.blockOf(name)
    const { file = texts[0]?.file ?? '', offset = 0 } = block ?? {}
    const place = placeOf(file, offset)
    const origin = { file, line: place.line }
    const problem = (reason: string) => problems.push({ place, reason: `target ${name}: ${reason}` })
    const written = places.written(name, target)
    const ownPlatforms = platformsOf(target, problem)
    // That is the platform of the engine.
    const isLocal = target.platforms.includes('local')
    for (const [context, value] of Object.entries(target.contexts)) {
      if (!value.startsWith(IMAGE)) continue
      const at = written.contexts[context]
      const occurrence =
        at === undefined
          ? computedImage(file, value.slice(IMAGE.length), { start: offset, end: offset }, place, 'context')
          : writtenImage(at, IMAGE.length, offset => placeOf(at.file, offset), 'context')
      // JSON has no comments.
      const { text = '' } = texts.find(one => one.file === occurrence.file && !one.isJson) ?? {}
      const found = withIgnore(occurrence, text)
      const ofPlatforms = forPlatforms(found, ownPlatforms)
      for (const one of isLocal && ownPlatforms.length > 0 ? [found, ...ofPlatforms] : ofPlatforms) {
        const id = [one.file, one.range.start, one.text, one.platform && formatPlatform(one.platform)]
        occurrences.set(id.join('\0'), one)
      }
    }
    const dockerfile =
      target.inline === undefined
        ? dockerfileOf(target, project, folder, problem)
        : inlineOf(target.inline, written.inline, { file, offset }, placeOf)
    if (dockerfile === undefined) continue
    const stage = target.target || options.target
    builds.push({
      name,
      dockerfile,
      ...(stage !== undefined && { target: stage }),
      args: {
        ...options.args,
        ...Object.fromEntries(Object.entries(target.args).map(([arg, value]) => [arg, [value]])),
      },
      platforms: target.platforms.length === 0 ? options.platforms : ownPlatforms,
      ...(isLocal && ownPlatforms.length > 0 && { alsoOwnPlatform: true as const }),
      contexts: target.contexts,
      argOrigins: Object.fromEntries(
        Object.keys(target.args).map(arg => {
          const at = written.args[arg]
          return [arg, at === undefined ? origin : { file: at.file, line: placeOf(at.file, at.offset).line }]
        }),
      ),
      argImage(arg) {
        const value = written.args[arg]
        const one = value && writtenImage(value, 0, at => placeOf(value.file, at), 'arg')
        return one?.kind === 'image' && one.pin.kind === 'here' ? one : undefined
      },
      origin,
      written: { args: written.args, contexts: written.contexts },
    })
  }
  return { builds, occurrences: [...occurrences.values()], problems }
}

function dockerfileOf(
  { context, dockerfile }: BakeTarget,
  project: Pick<ProjectFiles, 'root'>,
  folder: string,
  problem: (reason: string) => void,
): WrittenBuild['dockerfile'] | undefined {
  const path = dockerfilePath(project, folder, context, dockerfile)
  if (path.kind === 'file') return { file: path.file }
  problem(
    path.kind === 'remote'
      ? `its Dockerfile is in ${withoutUserinfo(context)}, which dock-lock does not read`
      : `its Dockerfile ${dockerfile} in ${context} is outside the project`,
  )
  return undefined
}

function inlineOf(
  text: string,
  written: WrittenText | undefined,
  block: { readonly file: string; readonly offset: number },
  placeOf: (file: string, offset: number) => Place,
): InlineDockerfile {
  const { file, offset } = written ?? block
  return {
    text,
    origin: { file, line: placeOf(file, offset).line },
    rangeOf: range => written?.rangeOf(range),
    near: index => written?.near(index) ?? offset,
  }
}

function platformsOf({ platforms }: BakeTarget, problem: (reason: string) => void): readonly Platform[] {
  return platforms
    .filter(text => text !== 'local')
    .flatMap(text => {
      const platform = parsePlatform(text)
      if (platform === undefined) problem(`${text} is no platform`)
      return platform ?? []
    })
}

/**
 * The targets that are built, not those that others only inherit: these are in no group, and have often no Dockerfile.
 */
function builtTargets(texts: readonly BakeText[], { targets, groups }: BakeDefinition): readonly string[] {
  const blocks = texts.flatMap(text => text.blocks)
  const inherited = new Set(blocks.flatMap(block => (block.type === 'target' ? parentsOf(block) : [])))
  const listed = new Set<string>()
  for (const { type, label, attributes } of blocks) {
    if (type !== 'group') continue
    const members = attributes.get('targets')
    // buildx prints all that was asked for as the group "default".
    const printed = label === 'default' && members?.kind === 'list' ? [] : (groups.get(label) ?? [])
    for (const name of printed) listed.add(name)
    if (members?.kind !== 'list') continue
    for (const item of members.items) if (item.kind === 'string') listed.add(item.written.text)
  }
  const built = new Set<string>()
  const add = (name: string) => {
    const target = targets.get(name)
    if (target === undefined || built.has(name)) return
    built.add(name)
    for (const context of Object.values(target.contexts))
      if (context.startsWith('target:')) add(context.slice('target:'.length))
  }
  for (const name of targets.keys())
    if (!inherited.has(name) || listed.has(name) || name === 'default') add(name)
  return [...built]
}
