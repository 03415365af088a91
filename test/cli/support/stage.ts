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
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CLI } from '../../support/cli.ts'
import { type EmbeddedRegistry, type Image, startRegistry } from '../../support/registry/index.ts'
import { type FakeEngine, startEngine } from './engine.ts'
import { type Project, withProject } from './project.ts'
import { type PlainCommand, plainCommand, runWithoutShell } from './shell.ts'
import { type Outcome, parseTranscript, transcribe } from './transcript.ts'

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
  const images = new Map<string, { options: object; revision: number }>()
  /** Placeholder → digest of each image that was there since it was added, by its name. */
  const labelled = new Map<string, [string, string][]>()
  const remember = (name: string, image: Image, revision: number): void => {
    const label = revision === 0 ? name : `${name}+${revision}`
    const labels: [string, string][] = revision === 0 ? [] : (labelled.get(name) ?? [])
    labelled.set(name, labels)
    labels.push([label, image.digest])
    for (const [platform, one] of Object.entries(image.platforms))
      if (one.digest !== image.digest) labels.push([`${label} ${platform}`, one.digest])
  }
  /** By name; `engine` is the one that DOCKER_HOST names. */
  const engines = new Map<string, FakeEngine>()

  /** Placeholder → what it stands for, the longer ones first. */
  const names = (): readonly (readonly [string, string])[] => {
    const digests: [string, string][] = ['A', 'B'].map(name => [
      name,
      `sha256:${name.toLowerCase().repeat(64)}`,
    ])
    digests.push(...[...labelled.values()].flat())
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
        images.set(name, { options, revision: 0 })
        remember(name, registry.addImage(repository, tag, options), 0)
        return ''
      }
      case 'move': {
        const { options = {}, revision = 0 } = known ?? {}
        images.set(name, { options, revision: revision + 1 })
        remember(
          name,
          registry.addImage(repository, tag, { ...options, revision: revision + 1 }),
          revision + 1,
        )
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

  const runProgram = async (command: string): Promise<Outcome> => {
    const own = engines.get('engine')
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      ...(own !== undefined && { DOCKER_HOST: own.host }),
    }
    // A shell and a start of Node take far longer than the command itself.
    const plain = plainCommand(command)
    if (plain !== undefined && existsSync(join(project.root, plain.folder))) return runPlain(plain, env)
    return runWithoutShell(command, project.root) ?? project.exec('sh', ['-c', command], { env })
  }

  const runPlain = async (plain: PlainCommand, env: Readonly<Record<string, string>>): Promise<Outcome> => {
    const cwd = join(project.root, plain.folder)
    const ran = await project.runHere(plain.args, { ...env, ...plain.env }, cwd)
    const { code } = ran
    const stdout = plain.dropped === 'stdout' ? '' : ran.stdout
    const stderr = plain.dropped === 'stderr' ? '' : ran.stderr
    if (plain.next === undefined) return { code, stdout, stderr }
    const piped = join(project.root, '../piped')
    writeFileSync(piped, stdout)
    const last = await project.exec('sh', ['-c', `${plain.next} < '${piped}'`], { env, cwd })
    return { ...last, stderr: stderr + last.stderr }
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
