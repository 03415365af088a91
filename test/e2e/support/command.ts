import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { CLI } from '../../support/cli.ts'
import { type Files, withFolder } from '../../support/folder.ts'
import { type Ran, runProgram } from '../../support/spawn.ts'
import { exampleHost } from './daemon.ts'

export interface Trial {
  /** Text after FROM, one stage each. */
  readonly images: readonly string[]
  /** More files of the project. */
  readonly files?: Files
  /** Default: `lock` without an engine. */
  readonly args?: readonly string[]
  /** Docker's config.json. */
  readonly config?: object
  /** Added to an environment that has nothing of this machine's settings. */
  readonly env?: Readonly<Record<string, string>>
  /** What stands in /etc/docker/certs.d. */
  readonly certificates?: Files
  /** Whatever must not be told; asked for afterwards. */
  readonly secrets?: () => readonly string[]
}

export interface Tried extends Ran {
  /** The report of the same command, run once more with --json. */
  readonly report: Report
  /** What is in the files afterwards. */
  readonly dockerfile: string
  readonly lockfile: string
}

interface Report {
  readonly exitCode: number
  readonly registryRequests?: number
  readonly findings?: readonly { readonly code: string; readonly cause?: string; readonly message?: string }[]
}

/**
 * Runs the built command in a new project, with its debug log. It knows {@link exampleHost} as this machine and no other name but
 * localhost, so that nothing of it gets out. Whatever it prints or writes must be free of `secrets`.
 */
export function tryCommand(trial: Trial): Promise<Tried> {
  const { images, args = ['lock', '--no-verify'], secrets = () => [] } = trial
  const settings = { 'client/config.json': JSON.stringify(trial.config ?? {}), 'certs.d/.keep': '' }
  const certificates = Object.entries(trial.certificates ?? {}).map(([name, text]) => [
    `certs.d/${name}`,
    text,
  ])
  const dockerfile = images.map(image => `FROM ${image}\n`).join('')
  return withFolder({ ...settings, ...Object.fromEntries(certificates) }, home =>
    withFolder({ ...trial.files, Dockerfile: dockerfile }, async cwd => {
      const env = {
        PATH: process.env.PATH,
        HOME: join(home, 'nobody'),
        DOCKER_CONFIG: join(home, 'client'),
        DOCKER_HOST: `unix://${home}/no.sock`,
        ...trial.env,
      }
      const once = (more: readonly string[], debug: string) => {
        const command = [process.execPath, CLI, ...args, ...more]
        const inside = [
          '--mount',
          '--propagation',
          'private',
          'sh',
          '-euc',
          script,
          'sh',
          join(home, 'certs.d'),
        ]
        return runProgram('unshare', [...inside, ...command], { cwd, env: { ...env, NODE_DEBUG: debug } })
      }
      const text = await once([], 'dock-lock')
      const json = await once(['--json'], '')
      if (!json.stdout.startsWith('{')) throw new Error(`no JSON:\n${json.stdout}${json.stderr}`)
      const read = (name: string) =>
        existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), 'utf8') : ''
      const written = { dockerfile: read('Dockerfile'), lockfile: read('docker-images.lock') }
      for (const said of [text.stdout, text.stderr, json.stdout, json.stderr, ...Object.values(written)])
        for (const secret of secrets()) assert.not.ok(said.includes(secret), `told a secret:\n${said}`)
      return { ...text, report: JSON.parse(json.stdout) as Report, ...written }
    }),
  )
}

const script = `
certificates=$1; shift
mount -t tmpfs tmpfs /run
printf '127.0.0.1 localhost ${exampleHost}\\n' >/run/hosts
printf 'nameserver 127.255.255.254\\n' >/run/resolv.conf
for file in hosts resolv.conf; do
  [ ! -e "/etc/$file" ] || mount --bind "/run/$file" "/etc/$file"
done
mount -t tmpfs tmpfs /etc/docker
mkdir /etc/docker/certs.d
mount --bind "$certificates" /etc/docker/certs.d
exec "$@"
`
