/** Package managers: how each is recognized, and what it does differently. */
import { field, isObject, textField } from '../../lib/json.ts'

export interface PackageManager {
  readonly name: 'npm' | 'pnpm' | 'yarn' | 'bun'
  /** For people: `yarn 4 (yarn.lock)`. */
  readonly words: string
  /** Whether `prebuild` runs before `build`. */
  readonly runsPreScripts: boolean
  /** Runs an installed program, and never fetches one. */
  readonly run: string
  /** Runs a program that only the top package depends on, in a script of a member. */
  readonly runFromTop: string | undefined
  /** Adds a development dependency. */
  readonly add: string
  /** Installs what the lockfile says, in CI. */
  readonly install: readonly string[]
}

/** What is read of a folder with a package.json: its content, and other files by name. */
export interface PackageFolder {
  readonly manifest: unknown
  readonly read: (name: string) => string | undefined
}

/** @param folders the folder of the package and the folders above it, nearest first; they end with the top folder */
export function findManager(folders: readonly PackageFolder[]): PackageManager {
  for (const { manifest } of folders) {
    const declared = declaredManager(manifest)
    if (declared !== undefined) return createManager(declared, folders)
  }
  for (const { read } of folders)
    for (const [file, name] of LOCKFILES)
      if (read(file) !== undefined) return createManager({ name, source: file }, folders)
  return createManager({ name: 'npm', source: 'package.json' }, folders)
}

const LOCKFILES: readonly (readonly [file: string, name: PackageManager['name']])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
]

interface Declared {
  readonly name: PackageManager['name']
  readonly major?: number
  /** The file or field that says so. */
  readonly source: string
}

/** @see https://nodejs.org/api/packages.html#packagemanager */
function declaredManager(manifest: unknown): Declared | undefined {
  const engine = field(field(manifest, 'devEngines'), 'packageManager')
  const one: unknown = Array.isArray(engine) ? engine[0] : engine
  const candidates = [
    ['packageManager', textField(manifest, 'packageManager')],
    ['devEngines', isObject(one) ? `${textField(one, 'name')}@${textField(one, 'version')}` : ''],
  ] as const
  for (const [source, text] of candidates) {
    const [, name, major] = /^(npm|pnpm|yarn|bun)(?:@[\^~>=v ]*(\d{1,4})\b)?/.exec(text) ?? []
    if (name !== undefined)
      return {
        name: name as PackageManager['name'],
        source,
        ...(major !== undefined && { major: Number(major) }),
      }
  }
  return undefined
}

function createManager(declared: Declared, folders: readonly PackageFolder[]): PackageManager {
  const { name, source } = declared
  const text = (file: string) => folders.map(({ read }) => read(file)).find(one => one !== undefined)
  const common = { name, words: wordsOf(declared), runsPreScripts: true, runFromTop: undefined }
  if (name === 'npm')
    return { ...common, run: 'npx --no', add: 'npm install --save-dev', install: ['npm ci'] }
  if (name === 'bun')
    return {
      ...common,
      run: 'bunx --no-install',
      add: 'bun add --dev',
      install: ['bun install --frozen-lockfile'],
    }
  if (name === 'pnpm')
    return {
      ...common,
      runsPreScripts: pnpmRunsPreScripts(declared, text),
      run: 'pnpm exec',
      add: text('pnpm-workspace.yaml') === undefined ? 'pnpm add --save-dev' : 'pnpm add --save-dev -w',
      install: ['corepack enable', 'pnpm install --frozen-lockfile'],
    }
  const isModern =
    declared.major === undefined
      ? text('.yarnrc.yml') !== undefined || /^__metadata:/m.test(text('yarn.lock') ?? '')
      : declared.major >= 2
  if (!isModern)
    return {
      ...common,
      words: `yarn 1 (${source})`,
      run: 'yarn --silent run',
      add: folders.some(({ manifest }) => field(manifest, 'workspaces') !== undefined)
        ? 'yarn add --dev -W'
        : 'yarn add --dev',
      install: ['yarn install --frozen-lockfile'],
    }
  return {
    ...common,
    words: `yarn ${declared.major ?? '2 or newer'} (${source})`,
    // https://yarnpkg.com/advanced/lifecycle-scripts
    runsPreScripts: false,
    run: 'yarn run',
    runFromTop: 'yarn run -T',
    add: 'yarn add --dev',
    install: ['corepack enable', 'yarn install --immutable'],
  }
}

function wordsOf({ name, major, source }: Declared): string {
  return `${name}${major === undefined ? '' : ` ${major}`} (${source})`
}

/** Since pnpm 9, unless it is switched off. @see https://pnpm.io/settings#enableprepostscripts */
function pnpmRunsPreScripts({ major }: Declared, text: (file: string) => string | undefined): boolean {
  const locked = /^lockfileVersion:\s*['"]?(\d{1,3})/m.exec(text('pnpm-lock.yaml') ?? '')?.[1]
  const isOff =
    /^enable-pre-post-scripts\s*=\s*false\b/m.test(text('.npmrc') ?? '') ||
    /^enablePrePostScripts:\s*false\b/m.test(text('pnpm-workspace.yaml') ?? '')
  return (major ?? Number(locked ?? 0)) >= 9 && !isOff
}
