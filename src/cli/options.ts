/** Every option there is, once: the parser and the help are made from this table. */
export interface OptionEntry {
  readonly type: 'boolean' | 'string'
  readonly short?: string
  /** May be given several times. */
  readonly multiple?: true
  /** The name of the value in help. */
  readonly value?: string
  readonly help: string
}

const table = {
  frozen: {
    type: 'boolean',
    help: 'write nothing, ask no registry; fail on differences or without engine',
  },
  offline: {
    type: 'boolean',
    help: 'ask no registry and pull nothing; a tag that is not locked is an error',
  },
  'no-pin': { type: 'boolean', help: 'leave the files as they are' },
  'no-pull': { type: 'boolean', help: 'verify the local store, but pull nothing' },
  'no-verify': { type: 'boolean', help: 'do not look into the local store at all' },
  'dry-run': {
    type: 'boolean',
    short: 'n',
    help: 'print what would change as a diff; write and pull nothing',
  },
  staged: { type: 'boolean', help: 'check what is staged in git, not the working tree' },
  'move-tags': { type: 'boolean', help: 'let a pull move a local tag that is on another image' },
  strict: { type: 'boolean', help: 'fail on notices too, and on images that a prune would remove' },
  platform: {
    type: 'string',
    multiple: true,
    value: 'OS/ARCH',
    help: 'platform that will be built; repeatable (default: the engine’s own)',
  },
  'build-arg': {
    type: 'string',
    multiple: true,
    value: 'NAME[=VALUE]',
    help: 'value of an ARG, or that of the environment; repeat a name for several values',
  },
  target: {
    type: 'string',
    value: 'STAGE',
    help: 'only what a build of this stage needs (default: all stages)',
  },
  host: {
    type: 'string',
    short: 'H',
    multiple: true,
    value: 'URL',
    help: 'engine to ask, as DOCKER_HOST; repeatable: several engines',
  },
  context: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'docker context to ask, as DOCKER_CONTEXT; repeatable',
  },
  builder: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'buildx builder to ask, as BUILDX_BUILDER; repeatable',
  },
  json: { type: 'boolean', help: 'print one JSON document (schema/report.schema.json)' },
  debug: { type: 'boolean', help: 'print more detail on stderr, without secrets' },
  cwd: { type: 'string', short: 'C', value: 'DIR', help: 'run as if started in DIR' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
  version: { type: 'boolean', help: 'show the version' },
} as const satisfies Readonly<Record<string, OptionEntry>>

export type OptionName = keyof typeof table
export const options: Readonly<Record<OptionName, OptionEntry>> = table

/** Options of every command. */
export const COMMON: readonly OptionName[] = ['json', 'debug', 'cwd', 'help', 'version']
