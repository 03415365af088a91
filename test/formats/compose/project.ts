/**
 * Compose projects, one text file each:
 *
 *     What is special about it, in words.
 *     env NAME=value             a variable of the environment
 *     at sub/compose.yaml        the file that is read; by default compose.yaml
 *     -- compose.yaml --         a file, up to the next line of this kind
 *     -- expected --             what docker compose 2.40 makes of it; see `Expected`
 *
 * `test/e2e/compose.test.ts` asks docker compose again.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import type { BuildsRead, FileText, ProjectFiles } from '../../../src/formats/build-format.ts'
import { compose } from '../../../src/formats/compose/index.ts'

export interface ComposeProject {
  readonly name: string
  readonly path: URL
  readonly text: string
  readonly at: string
  readonly env: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  readonly expected: string
}

/** What `docker compose build --print` and `config` say, as far as it decides which images are needed. */
export interface Expected {
  /** Compose refuses the project. */
  readonly refused?: true
  readonly builds: Readonly<Record<string, ExpectedBuild>>
  /** The images of services that are not built, and of volumes. */
  readonly images: readonly string[]
}

export interface ExpectedBuild {
  readonly dockerfile?: string
  readonly inline?: string
  readonly target?: string
  readonly args?: Readonly<Record<string, string>>
  readonly platforms?: readonly string[]
  readonly contexts?: Readonly<Record<string, string>>
}

export const PROJECTS = new URL('./projects/', import.meta.url)

export function readProjects(): readonly ComposeProject[] {
  return readdirSync(PROJECTS)
    .filter(file => file.endsWith('.txt'))
    .sort()
    .map(file => parseProject(file.slice(0, -'.txt'.length), new URL(file, PROJECTS)))
}

function parseProject(name: string, path: URL): ComposeProject {
  const text = readFileSync(path, 'utf8')
  const [head = '', ...parts] = text.split(/^-- (.+) --\n/m)
  const files: Record<string, string> = {}
  for (let index = 0; index < parts.length; index += 2) files[parts[index] ?? ''] = parts[index + 1] ?? ''
  const { expected = '', ...rest } = files
  const all = (word: string) =>
    head.split('\n').flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  const env = Object.fromEntries(
    all('env').map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  return { name, path, text, at: all('at')[0] ?? 'compose.yaml', env, files: rest, expected }
}

/** The text of the file with other expectations. */
export function withExpected(text: string, expected: string): string {
  const at = text.indexOf('-- expected --\n')
  return `${at < 0 ? text : text.slice(0, at)}-- expected --\n${expected}`
}

/** Where the files of tests would be. */
export const ROOT = '/project'

export function projectFiles(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  root: string = ROOT,
): ProjectFiles {
  return {
    root,
    env,
    async read(path): Promise<FileText> {
      const text = files[posix.normalize(path)]
      return text === undefined ? { kind: 'missing' } : { kind: 'text', text }
    },
  }
}

/** How dock-lock reads the project. */
export function readCompose(
  { at, files, env }: Pick<ComposeProject, 'at' | 'files' | 'env'>,
  root: string = ROOT,
): Promise<BuildsRead> {
  return compose.read(at, projectFiles(files, { COMPOSE_PROFILES: '*', ...env }, root), {
    args: {},
    platforms: [],
  })
}

/** What dock-lock reads, in the form of `Expected`. The builds have the names of Compose's, by which they are sorted. */
export function observed(read: BuildsRead): Expected {
  const builds = read.builds.map((build): ExpectedBuild => {
    const args = Object.entries(build.args).map(([name, values]) => [name, values[0] ?? ''] as const)
    const { dockerfile, target, platforms, contexts } = build
    return {
      ...('file' in dockerfile ? { dockerfile: dockerfile.file } : { inline: dockerfile.text }),
      ...(target !== undefined && { target }),
      ...(args.length > 0 && { args: sorted(args) }),
      ...(platforms.length > 0 && {
        platforms: platforms.map(({ os, architecture, variant }) =>
          [os, architecture, ...(variant === undefined ? [] : [variant])].join('/'),
        ),
      }),
      ...(Object.keys(contexts).length > 0 && { contexts: sorted(Object.entries(contexts)) }),
    }
  })
  const names = builds.map((_, index) => String(index))
  return {
    builds: Object.fromEntries(names.map((name, index) => [name, builds[index] as ExpectedBuild])),
    images: [
      ...new Set(
        read.occurrences.flatMap(one =>
          one.kind === 'image' && one.role !== 'context' ? [one.reference.original] : [],
        ),
      ),
    ].sort(),
  }
}

export function sorted(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The builds without their names, which dock-lock does not keep. */
export function comparable({ builds, images, refused }: Expected): string {
  const texts = Object.values(builds).map(build => JSON.stringify(build, undefined, 1))
  return refused ? 'refused' : [...texts.sort(), ...images].join('\n')
}
