/**
 * Projects of Compose and Bake files on disk, with a Dockerfile for each build. The Dockerfiles use all that the builds give them, so that
 * it decides which images BuildKit looks up.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** As `docker compose build --print` and `docker buildx bake --print` print it. */
export interface PrintedTarget {
  readonly context?: string
  readonly contexts?: Readonly<Record<string, string>>
  readonly dockerfile?: string
  readonly 'dockerfile-inline'?: string
  readonly args?: Readonly<Record<string, string>>
  readonly target?: string
  readonly platforms?: readonly string[]
}

/** Whether something other than the Dockerfile decides which images the build needs, and all of the build is local. */
export function isWorthBuilding(target: PrintedTarget): boolean {
  const { args = {}, contexts = {}, platforms = [], target: stage = '' } = target
  const decides = Object.keys(args).length + Object.keys(contexts).length + platforms.length > 0
  return decides || stage !== '' || target['dockerfile-inline'] !== undefined
}

/** Whether its files are on this machine. */
export function isLocal({ context = '.' }: PrintedTarget): boolean {
  return !isRemote(context)
}

/** Calls `use` with the folder of the project, in which only its own files are. */
export async function withProject<T>(
  files: Readonly<Record<string, string>>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const scratch = mkdtempSync(join(tmpdir(), 'dock-lock-started-'))
  try {
    // Contexts may be beside the project.
    const root = join(scratch, 'parent', 'project')
    mkdirSync(root, { recursive: true })
    for (const [name, text] of Object.entries(files)) write(join(root, name), text)
    return await use(root)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Adds the Dockerfiles that are not there, and the folders of all contexts. `folder`: where the builds are started. */
export function addDockerfiles(folder: string, targets: readonly PrintedTarget[]): void {
  const byFile = new Map<string, PrintedTarget[]>()
  for (const target of targets) {
    const { context = '.', contexts = {}, dockerfile = 'Dockerfile' } = target
    for (const one of [context, ...Object.values(contexts)])
      if (!isRemote(one)) mkdirSync(resolve(folder, one.replace(/^cwd:\/\//, '')), { recursive: true })
    if (target['dockerfile-inline'] !== undefined) continue
    const path = resolve(folder, context, dockerfile)
    byFile.set(path, [...(byFile.get(path) ?? []), target])
  }
  for (const [path, of] of byFile) if (!existsSync(path)) write(path, dockerfileFor(of))
}

/** A Dockerfile in which each arg, context, stage and platform of these builds leads to another image. */
function dockerfileFor(targets: readonly PrintedTarget[]): string {
  const all = <T>(of: (target: PrintedTarget) => Readonly<Record<string, T>> | undefined) => {
    const values = new Map<string, T[]>()
    for (const target of targets)
      for (const [name, value] of Object.entries(of(target) ?? {}))
        values.set(name, [...(values.get(name) ?? []), value])
    return values
  }
  const args = [...all(({ args }) => args)].filter(([name]) => /^[A-Za-z_]\w*$/.test(name))
  const contexts = [...all(({ contexts }) => contexts)]
    .filter(([, values]) => !values.some(value => /^\w+:\/\//.test(value) && !value.startsWith(IMAGE)))
    .map(([name]) => name)
  const stages = new Set(targets.flatMap(({ target = '' }) => (target === '' ? [] : [target])))
  // dock-lock takes all stages of a build without a target, so that such a build must need them.
  const isWhole = targets.some(({ target = '' }) => target === '')
  const copies = [
    ...args.map((_, index) => `COPY --from=arg-${index} / /arg-${index}/`),
    ...contexts.map((name, index) => `COPY --from=${name} / /context-${index}/`),
    'COPY --from=tools / /tools/',
  ]
  return [
    ...args.map(([name], index) => (index % 2 === 0 ? `ARG ${name}=fallback` : `ARG ${name}`)),
    ...(isWhole ? [] : ['FROM unneeded:1 AS unneeded']),
    'FROM --platform=$BUILDPLATFORM tools:1 AS tools',
    ...args.map(([name, values], index) => `FROM ${imageOfArg(name, values, index)} AS arg-${index}`),
    ...[...stages].flatMap(name => [`FROM of-stage:${name}-$TARGETARCH AS ${name}`, ...copies]),
    'FROM last:$TARGETARCH',
    ...copies,
    ...[...stages].map((name, index) => `COPY --from=${name} / /stage-${index}/`),
    '',
  ].join('\n')
}

/** What the arg is in the Dockerfile: a whole reference, a tag, or something whose presence alone matters. */
function imageOfArg(name: string, values: readonly string[], index: number): string {
  if (values.every(value => /^[a-z][\w./-]*:\w[\w.-]*$/.test(value))) return `\${${name}:-arg${index}:none}`
  const isTag = values.every(value => /^[\w.-]{0,100}$/.test(value))
  return `arg${index}:v${isTag ? `\${${name}:-none}` : `\${${name}:+set}`}`
}

const IMAGE = 'docker-image://'

function isRemote(context: string): boolean {
  return /^(?!cwd:)\w[\w+.-]*:/.test(context)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
