import type { Context } from '../context.ts'
import { redact } from '../core/error.ts'
import type { ConfigReport } from '../core/report.ts'
import { type Setting, writtenSettings } from '../core/setting.ts'
import { readSettings } from '../io/config-file.ts'
import { findProject } from '../io/project.ts'
import { readProjectFile } from '../io/read.ts'
import { readUserSettings } from '../io/user-config.ts'
import type { Options } from './command.ts'

/** The settings that there are, in the order of the docs. */
const NAMES = [
  'files',
  'ignore',
  'pin',
  'buildArgs',
  'platforms',
  'stores',
  'registries',
  'updates',
  'trust',
] as const

const DEFAULTS: Readonly<Partial<Record<(typeof NAMES)[number], string>>> = {
  pin: 'files',
  platforms: 'those of the engines',
  stores: 'the engine of the docker command',
}

/** `dock-lock config`: the settings in force, and where each comes from. Contacts nobody, and writes nothing. */
export async function configCommand({ cwd, env }: Context, _: Options): Promise<ConfigReport> {
  const started = performance.now()
  const root = findProject(cwd)
  const [project, user] = await Promise.all([
    readSettings(async file => readProjectFile(root, file)),
    readUserSettings(root, env),
  ])
  const written = [
    ...writtenSettings(project.written, 'repository', project.placeOf),
    // The stores of the repository replace those of the user.
    ...writtenSettings(user.written, 'user', user.placeOf).filter(
      ({ name }) => !(name.startsWith('stores') && project.config.stores.length > 0),
    ),
  ]
  const settings = NAMES.flatMap((name): readonly Setting[] => {
    const own = written.filter(one => one.name.split(/[.[]/, 1)[0] === name)
    const given = fromEnvironment(name, own.length > 0, env)
    if (given.length > 0) return given
    return own.length > 0 ? own : [byDefault(name)]
  })
  return { command: 'config', exitCode: 0, settings, milliseconds: performance.now() - started }
}

function byDefault(name: (typeof NAMES)[number]): Setting {
  const value = DEFAULTS[name]
  return { name, values: value === undefined ? [] : [value], source: 'default' }
}

/** The variables that docker knows too. The platform wins over the configs, an engine only counts without them. */
function fromEnvironment(name: string, isWritten: boolean, env: Context['env']): readonly Setting[] {
  const from = (variable: string, label: string): readonly Setting[] => {
    const value = env[variable]
    return value ? [{ name, values: [`${label}${redact(value)}`], source: 'environment', variable }] : []
  }
  if (name === 'platforms') return from('DOCKER_DEFAULT_PLATFORM', '')
  if (name !== 'stores' || isWritten) return []
  const ways = [
    from('BUILDX_BUILDER', 'builder: '),
    from('DOCKER_HOST', 'host: '),
    from('DOCKER_CONTEXT', 'context: '),
  ]
  return ways.find(way => way.length > 0) ?? []
}
