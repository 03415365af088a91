/** All options. The parser, the help, the completion and the man page use this table. */
export interface OptionEntry {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  /** May be given several times. */
  readonly multiple?: true
  /** The name of the value, as help shows it. */
  readonly value?: string
  /** What a shell offers as the value: these words, or folders. */
  readonly offers?: readonly string[] | 'folders'
  readonly help: string
}

const table = {
  frozen: {
    type: 'boolean',
    help: 'write nothing and look up no tag; fail if files and lockfile differ',
  },
  offline: {
    type: 'boolean',
    help: 'contact no registry and pull nothing; fail if a tag is not locked',
  },
  'no-pin': { type: 'boolean', help: 'lock, but do not change the files' },
  'no-pull': { type: 'boolean', help: 'verify the local store, but pull nothing' },
  'no-verify': { type: 'boolean', help: 'lock and pin only; contact no engine' },
  'dry-run': {
    type: 'boolean',
    short: 'n',
    help: 'print the changes as a diff; write and pull nothing',
  },
  staged: { type: 'boolean', help: 'check the files staged in git, not the working tree' },
  'allow-ahead': {
    type: 'boolean',
    help: 'accept new digests of locked tags in files, as from update bots',
  },
  registry: {
    type: 'boolean',
    help: 'ask registries whether they still serve the locked digests',
  },
  'merge-driver': { type: 'boolean', help: 'let git merge docker-images.lock with dock-lock, in this clone' },
  'docker-plugin': { type: 'boolean', help: 'make dock-lock a command of docker: docker docklock' },
  yes: { type: 'boolean', short: 'y', help: 'make the changes without asking' },
  script: { type: 'string', value: 'NAME', help: 'the script of package.json that builds images' },
  'move-tags': { type: 'boolean', help: 'also move tags of images from elsewhere, such as local builds' },
  strict: { type: 'boolean', help: 'also fail on notices, skipped files, and images a prune would remove' },
  platform: {
    type: 'string',
    multiple: true,
    value: 'OS/ARCH',
    offers: ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/ppc64le', 'linux/riscv64', 'linux/s390x'],
    help: 'platform that you build; repeatable (default: the engine’s)',
  },
  'build-arg': {
    type: 'string',
    multiple: true,
    value: 'NAME[=VALUE]',
    help: 'value of an ARG (default: from the environment); repeatable',
  },
  target: {
    type: 'string',
    value: 'STAGE',
    help: 'only images that a build of this stage needs (default: all)',
  },
  host: {
    type: 'string',
    short: 'H',
    multiple: true,
    value: 'URL',
    help: 'engine to use, like DOCKER_HOST; repeatable',
  },
  context: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'docker context to use, like DOCKER_CONTEXT; repeatable',
  },
  builder: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'buildx builder to use, like BUILDX_BUILDER; repeatable',
  },
  semver: {
    type: 'string',
    value: 'LEVEL',
    offers: ['patch', 'minor', 'major'],
    help: 'also change tags, by steps up to LEVEL: patch, minor or major',
  },
  'min-age': {
    type: 'string',
    value: 'AGE',
    help: 'hold back images that are younger: 12h, 7d, 2w',
  },
  'all-digests': {
    type: 'boolean',
    help: 'also update images whose platforms in use did not change',
  },
  interactive: { type: 'boolean', short: 'i', help: 'choose the updates from a list' },
  reporter: {
    type: 'string',
    value: 'NAME',
    offers: ['text', 'json', 'github', 'sarif', 'gitlab', 'markdown'],
    help: 'text, json, github, sarif or gitlab; update also: markdown',
  },
  verbose: { type: 'boolean', help: 'list unchanged images too' },
  quiet: {
    type: 'boolean',
    short: 'q',
    help: 'print only findings and errors, or the list that was asked for',
  },
  json: { type: 'boolean', help: 'the same as --reporter json (schema/report.schema.json)' },
  debug: { type: 'boolean', help: 'print details on stderr, without secrets' },
  cwd: { type: 'string', short: 'C', value: 'DIR', offers: 'folders', help: 'run as if started in DIR' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
  version: { type: 'boolean', help: 'show the version' },
} as const satisfies Readonly<Record<string, OptionEntry>>

export type OptionName = keyof typeof table
export const options: Readonly<Record<OptionName, OptionEntry>> = table

/** Options that every command takes. */
export const COMMON: readonly OptionName[] = ['reporter', 'json', 'quiet', 'debug', 'cwd', 'help', 'version']
