/**
 * Where a transcript is played: a project, a registry, and, once it is started, an engine. In commands and outputs
 *
 * - `{R}` is the registry, `{P}` the project's folder, `{T}` the one above, `{time}` and `{ms}` how long something took;
 * - `{retries}` is the number of requests while the registry is down: how many are tried again depends on the time;
 * - `{alpine:3.23}` is the digest of that image in the registry, `{alpine:3.23 linux/amd64}` that of a platform, `{alpine:3.23+1}` the
 *   one after the tag was moved; `{A}` and `{B}` are digests of nothing; with `…` before the brace they are cut to 12 digits.
 *
 * Besides programs (by `sh -c`, in the project) there are
 *
 *     registry add NAME:TAG [OPTIONS as JSON] | move NAME:TAG | down | up | requests
 *     registry remove NAME DIGEST
 *     registry fault PATTERN BEHAVIOUR as JSON | clear        see test/support/registry/faults.ts
 *     engine[@NAME] start [MACHINE] | stop | requests | list | add NAME… | remove NAME | pulls work|hang|MESSAGE
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLI } from '../../support/cli.ts'
import { type EmbeddedRegistry, type Image, makeImage, startRegistry } from '../../support/registry/index.ts'
import { type FakeEngine, startEngine } from './engine.ts'
import { type Project, withProject } from './project.ts'
import { type Outcome, parseTranscript, transcribe } from './transcript.ts'

/** The command alone, without anything that a shell would interpret, or that needs a stdin or a stdout of its own. */
const PLAIN = /^dock-lock(?! run\b)(?!.* --interactive)(?: [\w@+=:,./-]+)*$/

/** Plays a transcript: what each of its commands printed, with placeholders. */
export async function play(text: string): Promise<readonly (readonly string[])[]> {
  const actual: string[][] = []
  await withProject(async project => {
    const registry = await startRegistry()
    const stage = createStage(project, registry)
    try {
      for (const { command } of parseTranscript(text)) actual.push(await stage.run(command))
    } finally {
      await stage.close()
      await registry.close()
    }
  })
  return actual
}

function createStage(project: Project, registry: EmbeddedRegistry) {
  const bin = join(project.root, '../bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'dock-lock'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`)
  chmodSync(join(bin, 'dock-lock'), 0o755)
  const images = new Map<string, { image: Image; options: object; revision: number }>()
  /** By name; `engine` is the one that DOCKER_HOST names. */
  const engines = new Map<string, FakeEngine>()

  /** Placeholder → what it stands for, the longer ones first. */
  const names = (): readonly (readonly [string, string])[] => {
    const digests: [string, string][] = ['A', 'B'].map(name => [
      name,
      `sha256:${name.toLowerCase().repeat(64)}`,
    ])
    for (const [name, { image, options, revision }] of images) {
      for (let old = 0; old <= revision; old++) {
        const made =
          old === revision ? image : makeImage(image.repository, image.tag, { ...options, revision: old })
        const label = old === 0 ? name : `${name}+${old}`
        digests.push([label, made.digest])
        for (const [platform, one] of Object.entries(made.platforms))
          if (one.digest !== made.digest) digests.push([`${label} ${platform}`, one.digest])
      }
    }
    return [
      ...digests.map(([name, digest]) => [`{${name}}`, digest] as const),
      ...digests.map(([name, digest]) => [`{${name}…}`, digest.slice(0, 'sha256:'.length + 12)] as const),
      ['{P}', project.root],
      ['{T}', join(project.root, '..')],
      ['{R}', registry.host],
    ]
  }
  const fill = (text: string) => names().reduce((all, [name, value]) => all.replaceAll(name, value), text)
  let isDown = false
  const unfill = (text: string) =>
    names()
      .reduce((all, [name, value]) => all.replaceAll(value, name), text)
      .replace(/\b\d+(?= registry requests)/g, count => (isDown ? '{retries}' : count))
      .replace(/\((?:\d+ ms|\d+\.\d s)\)/g, '({time})')
      .replace(/"milliseconds": \d+/g, '"milliseconds": {ms}')

  const requestsOf = (lines: readonly string[]) =>
    [`${lines.length} requests`, ...[...lines].sort()].join('\n')

  const tellRegistry = async ([verb = '', first = '', ...rest]: readonly string[]): Promise<string> => {
    const colon = first.lastIndexOf(':')
    const [repository, tag] = [first.slice(0, colon), first.slice(colon + 1)]
    const name = first.replace(/^library\//, '')
    const known = images.get(name)
    switch (verb) {
      case 'add': {
        const options = rest.length === 0 ? {} : (JSON.parse(rest.join(' ')) as object)
        images.set(name, { image: registry.addImage(repository, tag, options), options, revision: 0 })
        return ''
      }
      case 'move': {
        const { options = {}, revision = 0 } = known ?? {}
        const next = {
          image: registry.addImage(repository, tag, { ...options, revision: revision + 1 }),
          options,
        }
        images.set(name, { ...next, revision: revision + 1 })
        return ''
      }
      case 'fault':
        registry.fault({ pathRegex: new RegExp(first) }, JSON.parse(rest.join(' ')))
        return ''
      case 'remove':
        registry.removeManifest(first, rest[0] ?? '')
        return ''
      case 'clear':
        registry.clearFaults()
        return ''
      case 'requests': {
        const lines = registry.requests.map(({ method, path }) => `${method} ${path}`)
        registry.clear()
        return requestsOf(lines)
      }
      case 'down':
      case 'up':
        await registry[verb]()
        isDown = verb === 'down'
        return ''
      default:
        throw new Error(`registry ${verb}?`)
    }
  }

  const tellEngine = async (name: string, [verb = '', ...rest]: readonly string[]): Promise<string> => {
    let engine = engines.get(name)
    if (verb === 'start') {
      const [machine = 'x86_64'] = rest
      engine = await startEngine(join(project.root, `../${name}.sock`), { mirrors: [registry.url], machine })
      engines.set(name, engine)
      return ''
    }
    if (engine === undefined) throw new Error('no engine was started')
    switch (verb) {
      case 'stop':
        await engine.close()
        return ''
      case 'add':
        engine.add(rest)
        return ''
      case 'remove':
        engine.remove(rest[0] ?? '')
        return ''
      case 'pulls':
        engine.pulls = rest[0] === 'work' || rest[0] === 'hang' ? rest[0] : { error: rest.join(' ') }
        return ''
      case 'list':
        return engine.list().trimEnd()
      case 'requests': {
        const lines = engine.requests.filter(line => line.startsWith('POST'))
        engine.clear()
        return requestsOf(lines)
      }
      default:
        throw new Error(`engine ${verb}?`)
    }
  }

  const runProgram = (command: string): Promise<Outcome> => {
    const own = engines.get('engine')
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      ...(own !== undefined && { DOCKER_HOST: own.host }),
    }
    // A shell and a start of Node take far longer than the command itself.
    if (PLAIN.test(command)) return project.runHere(command.split(' ').slice(1), env)
    return project.exec('sh', ['-c', command], { env })
  }

  return {
    /** What it printed, with placeholders. */
    async run(command: string): Promise<string[]> {
      const [tool = '', ...words] = fill(command).split(' ')
      const [kind, name = 'engine'] = tool.split('@')
      const tell =
        kind === 'registry'
          ? tellRegistry
          : kind === 'engine'
            ? (said: readonly string[]) => tellEngine(name, said)
            : undefined
      const outcome = tell
        ? { code: 0, stdout: await tell(words), stderr: '' }
        : await runProgram(fill(command))
      const text = tell && outcome.stdout !== '' ? { ...outcome, stdout: `${outcome.stdout}\n` } : outcome
      return transcribe({ ...text, stdout: unfill(text.stdout), stderr: unfill(text.stderr) })
    },
    close: async () => void (await Promise.all([...engines.values()].map(engine => engine.close()))),
  }
}
