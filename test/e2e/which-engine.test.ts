/** Which engine is meant is what the docker command itself says, of either age; no engine is needed for that. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DockLockError } from '../../src/core/error.ts'
import { type EngineChoice, findEndpoint } from '../../src/stores/connection/endpoint.ts'
import { forAllAsync, type Random } from '../support/random.ts'
import { run } from './support/exec.ts'
import { treeDirectory } from './support/machine.ts'

const which = suite('which engine')

/** Nobody is there, which makes a docker command tell where it looked. */
const HOSTS = [
  'unix:///nowhere/a.sock',
  'unix:///nowhere/b.sock',
  'tcp://127.0.0.1:1',
  'tcp://127.0.0.1:2',
  '127.0.0.1:3',
] as const
const CONTEXTS: Readonly<Record<string, string>> = {
  one: 'unix:///nowhere/one.sock',
  two: 'tcp://127.0.0.1:4',
  odd: 'nonsense://x',
}
const NAMES = [...Object.keys(CONTEXTS), 'default', 'gone']

interface Setting extends EngineChoice {
  readonly env: Readonly<Record<string, string>>
  readonly current: string | undefined
}

function draw(random: Random): Setting {
  const maybe = <T>(chance: number, items: readonly T[]) =>
    random.chance(chance) ? random.pick(items) : undefined
  const [host, context] = [maybe(0.2, HOSTS), maybe(0.25, NAMES)]
  const env = { DOCKER_HOST: maybe(0.4, [...HOSTS, '']), DOCKER_CONTEXT: maybe(0.4, [...NAMES, '']) }
  return {
    ...(host !== undefined && { host }),
    ...(context !== undefined && { context }),
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >,
    current: maybe(0.5, NAMES),
  }
}

/** The address, or that there is none. */
async function ours({ env, host, context }: Setting, folder: string): Promise<string> {
  try {
    return (await findEndpoint({ env: { ...env, HOME: folder, DOCKER_CONFIG: folder }, host, context })).host
  } catch (error) {
    if (!(error instanceof DockLockError)) throw error
    return 'an error'
  }
}

async function dockers(docker: string, { env, host, context }: Setting, folder: string): Promise<string> {
  const args = [...(host ? ['--host', host] : []), ...(context ? ['--context', context] : []), 'images']
  const settings = { PATH: process.env.PATH, HOME: folder, DOCKER_CONFIG: folder, ...env }
  const { output, code } = await run(docker, args, { env: settings, timeoutMs: 20_000 })
  assert.is.not(code, 0, output)
  const found = /(?:daemon|docker API) at ((?:unix|tcp):\/\/[^\s;]*?)[.;]?(?:\s|$)/.exec(output)
  return found?.[1] ?? 'an error'
}

for (const [age, docker] of [
  ['28', () => `${treeDirectory()}/usr/bin/docker`],
  ['20.10', () => '/usr/bin/docker'],
] as const)
  which(`as docker ${age} says`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dock-lock-which-'))
    const seen = new Set<string>()
    try {
      for (const [name, Host] of Object.entries(CONTEXTS)) {
        const meta = join(folder, 'contexts/meta', createHash('sha256').update(name).digest('hex'))
        mkdirSync(meta, { recursive: true })
        const content = { Name: name, Metadata: {}, Endpoints: { docker: { Host, SkipTLSVerify: false } } }
        writeFileSync(join(meta, 'meta.json'), JSON.stringify(content))
      }
      await forAllAsync(80, async random => {
        const setting = draw(random)
        const { current, env } = setting
        // For Docker 20.10 a variable that is set to nothing is set.
        if (age === '20.10' && Object.values(env).includes('')) return
        writeFileSync(
          join(folder, 'config.json'),
          JSON.stringify(current === undefined ? {} : { currentContext: current }),
        )
        const theirs = await dockers(docker(), setting, folder)
        seen.add(theirs)
        assert.is(await ours(setting, folder), theirs, JSON.stringify(setting))
      })
      assert.ok(seen.size >= 6, [...seen].join(', '))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

which.run()
