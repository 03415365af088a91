/** Which builder is meant is what buildx itself says; no engine is needed for that. */
import { createHash } from 'node:crypto'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { chooseBuilder } from '../../src/stores/builder/choice.ts'
import { type Files, withFolder } from '../support/folder.ts'
import { forAllAsync, type Random } from '../support/random.ts'
import { run } from './support/exec.ts'
import { treeDirectory } from './support/machine.ts'

const which = suite('which builder')

/** Nobody is there; of a builder that cannot be reached, buildx still says its name. */
const BUILDERS = ['one', 'two'] as const
const HOSTS = [
  'unix:///nowhere/a.sock',
  'tcp://127.0.0.1:1',
  '127.0.0.1:2',
  'ssh://nobody@127.0.0.1:1',
] as const
const CONTEXTS = { far: 'unix:///nowhere/far.sock', near: 'tcp://127.0.0.1:4' } as const
const KEYS = ['far', 'near', 'unix:///var/run/docker.sock', ...HOSTS, 'tcp://127.0.0.1:2']

interface Setting {
  readonly files: Files
  readonly env: Readonly<Record<string, string>>
}

function draw(random: Random): Setting {
  const files: Record<string, string> = {}
  for (const Name of BUILDERS) {
    const Nodes = [{ Name: `${Name}0`, Endpoint: 'unix:///nowhere/kit.sock', Platforms: null }]
    files[`buildx/instances/${Name}`] = JSON.stringify({ Name, Driver: 'remote', Nodes })
  }
  for (const [Name, Host] of Object.entries(CONTEXTS)) {
    const id = createHash('sha256').update(Name).digest('hex')
    const content = { Name, Metadata: {}, Endpoints: { docker: { Host, SkipTLSVerify: false } } }
    files[`contexts/meta/${id}/meta.json`] = JSON.stringify(content)
  }
  const env: Record<string, string> = {}
  if (random.chance(0.5)) env.DOCKER_HOST = random.pick(HOSTS)
  if (random.chance(0.4)) env.DOCKER_CONTEXT = random.pick(['far', 'near', 'default'])
  if (random.chance(0.2)) env.BUILDX_BUILDER = random.pick(['one', 'TWO', 'default', 'gone', ''])
  if (random.chance(0.3))
    files['config.json'] = JSON.stringify({ currentContext: random.pick(['far', 'near']) })
  // Often enough the key of the engine in use.
  const context = env.DOCKER_HOST ?? env.DOCKER_CONTEXT
  const key = () => (context !== undefined && random.chance(0.5) ? context : random.pick(KEYS))
  if (random.chance(0.8)) {
    const current = { Key: key(), Name: random.pick(['one', 'two', 'gone', '']), Global: random.chance(0.3) }
    files['buildx/current'] = JSON.stringify(current)
    if (random.chance(0.4)) {
      const hash = createHash('sha256').update(key()).digest('hex').slice(0, 20)
      files[`buildx/defaults/${hash}`] = random.pick(['one', 'two', 'gone'])
    }
  }
  return { files, env }
}

which('as buildx says', async () => {
  const seen = new Set<string>()
  await forAllAsync(100, async random => {
    const { files, env } = draw(random)
    await withFolder(files, async root => {
      const settings = { ...env, HOME: root, DOCKER_CONFIG: root }
      const choice = await chooseBuilder({}, settings).catch(() => 'an error')
      const ours =
        typeof choice === 'object' && 'builder' in choice
          ? choice.builder.name
          : choice === 'an error'
            ? choice
            : 'an engine'
      // It writes into its folder: asked last.
      const { stdout, stderr } = await run(
        `${treeDirectory()}/usr/libexec/docker/cli-plugins/docker-buildx`,
        ['inspect'],
        { env: { PATH: process.env.PATH, ...settings }, timeoutMs: 60_000 },
      )
      const [, name = ''] = /^Name:\s+(\S+)/.exec(stdout) ?? []
      const theirs = /no builder "/.test(stderr)
        ? 'an error'
        : (BUILDERS as readonly string[]).includes(name)
          ? name
          : 'an engine'
      seen.add(theirs)
      assert.is(ours, theirs, `${JSON.stringify({ files, env })}\n${stdout}${stderr}`)
    })
  })
  assert.equal([...seen].sort(), ['an engine', 'an error', 'one', 'two'])
})

which.run()
