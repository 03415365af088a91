/** Whatever door an engine is reached through, the answers are the same; a door that stays shut is one clear error. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, runCli } from '../support/cli.ts'
import { type Ran, runProgram, startProgram } from '../support/spawn.ts'
import { type Doors, openDoors } from './support/doors.ts'
import { mirrorOf, startPodman } from './support/podman.ts'
import { type Seeded, startSeeded } from './support/seeded.ts'
import { type SshClientOptions, startSshd } from './support/sshd.ts'
import { untilOf } from './support/until.ts'

interface Bench extends Seeded {
  doors: Doors
  /** What each command said through the unix socket. */
  baseline: readonly string[]
}

/** How a user names the engine: environment and arguments. */
interface Way {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  readonly ssh?: SshClientOptions
}

const transports = suite<Bench>('transports')

// Not in a before hook: uvu swallows what one throws, and goes on to exit with 0.
transports('engine, doors and registry open', async bench => {
  Object.assign(bench, await startSeeded(['library/alpine:3.23', 'library/busybox:1.37']))
  bench.doors = await bench.use(openDoors('docker-28-containerd', bench.engineOptions))
  bench.baseline = await story(bench, { env: { DOCKER_HOST: bench.doors.engine.host } })
  assert.match(bench.baseline[0] ?? '', '"pulled"')
  assert.match(bench.baseline[1] ?? '', '"exitCode": 0')
  assert.match(bench.baseline[2] ?? '', '"absent"')
  assert.match(bench.baseline[3] ?? '', '"pulled"')
})

transports.after(bench => bench.stop?.())

function environment({ doors, directory: project }: Bench, { env = {}, ssh }: Way): Record<string, string> {
  // The machine's own ssh would not know where it goes.
  const path = `${doors.sshd.client(ssh).path}:${process.env.PATH}`
  return { PATH: path, HOME: project, DOCKER_CONFIG: join(project, 'nothing'), ...env }
}

/** A client of its own, which tells its processes, and what makes dock-lock use it. */
function throughSsh(bench: Bench) {
  const { sshd, ssh } = bench.doors
  const client = sshd.client()
  const path = `${client.path}:${process.env.PATH}`
  return { client, env: { ...environment(bench, {}), PATH: path, DOCKER_HOST: ssh } }
}

/** Lock on an empty store, verify, lose an image, pull it again; what each printed, without what cannot be the same twice. */
async function story(bench: Bench, way: Way): Promise<string[]> {
  const { doors, directory: project } = bench
  writeFileSync(join(project, 'Dockerfile'), 'FROM alpine:3.23\nCOPY --from=busybox:1.37 /image /\n')
  rmSync(join(project, 'docker-images.lock'), { force: true })
  await doors.engine.pruneAll()
  const env = environment(bench, way)
  const said: string[] = []
  for (const command of ['lock', 'verify', 'verify', 'pull']) {
    if (said.length === 2) {
      const lost = await doors.engine.docker(['rmi', '--force', 'busybox:1.37'])
      assert.is(lost.code, 0, lost.output)
    }
    const ran = await runCli([command, '--json', ...(way.args ?? [])], { cwd: project, env })
    assert.is(ran.stderr, '', ran.stdout)
    // What a next command must be given too is told in its own words.
    const { repeat = [], ...report } = JSON.parse(ran.stdout) as { readonly repeat?: readonly string[] }
    assert.equal(repeat, way.args ?? [], 'the options to repeat')
    const same = JSON.stringify(report, undefined, 2)
      .replace(/"milliseconds": [\d.e+-]+/g, '"milliseconds": 0')
      // How the engine is called when there are several.
      .replace(/"(label|store)": "[^"]*"/g, '"$1": "NAME"')
      .replace(/"(?:unix|tcp|ssh):\/\/[^"]*"/g, '"HOST"')
    said.push(same)
  }
  return said
}

const ways: Readonly<Record<string, (doors: Doors) => Way>> = {
  'DOCKER_HOST, TLS by the environment': ({ tls, certificates }) => ({
    env: { DOCKER_HOST: tls, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates.known },
  }),
  '--host, TLS by the environment': ({ tls, certificates }) => ({
    env: { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates.known },
    args: ['--host', tls],
  }),
  'DOCKER_HOST, TLS that verifies nothing': ({ tls, certificates }) => ({
    env: { DOCKER_HOST: tls, DOCKER_TLS: '1', DOCKER_CERT_PATH: certificates.otherAuthority },
  }),
  'DOCKER_CONTEXT with TLS': ({ config }) => ({ env: { DOCKER_CONFIG: config, DOCKER_CONTEXT: 'tls' } }),
  '--context with TLS that verifies nothing': ({ config }) => ({
    env: { DOCKER_CONFIG: config },
    args: ['--context', 'skip'],
  }),
  '--context with a unix socket, over DOCKER_HOST': ({ config }) => ({
    env: { DOCKER_CONFIG: config, DOCKER_HOST: 'unix:///nowhere.sock' },
    args: ['--context', 'unix'],
  }),
  'ssh by DOCKER_HOST': ({ ssh }) => ({ env: { DOCKER_HOST: ssh } }),
  'ssh by --host, with the path of the socket': ({ ssh, engine }) => ({
    args: ['--host', `${ssh}${engine.socket}`],
  }),
  'ssh by the context in use': ({ config }) => ({ env: { DOCKER_CONFIG: config } }),
  'ssh over a connection that is shared and stays': ({ ssh, sshd }) => ({
    env: { DOCKER_HOST: ssh },
    ssh: {
      settings: ['ControlMaster auto', `ControlPath /tmp/dock-lock-${sshd.port}-%p`, 'ControlPersist 5'],
    },
  }),
}

for (const [name, wayOf] of Object.entries(ways)) {
  transports(`${name}: as through the unix socket`, async bench => {
    const { doors } = bench
    // As `docker context use ssh` has it.
    const settings = { currentContext: 'ssh' }
    writeFileSync(join(doors.config, 'config.json'), JSON.stringify(settings))
    assert.equal(await story(bench, wayOf(doors)), bench.baseline)
  })
}

transports('ssh: few logins, and none is left behind', async bench => {
  const { directory: project } = bench
  const { client, env } = throughSsh(bench)
  const verified = await runCli(['verify'], { cwd: project, env })
  assert.is(verified.code, 0, verified.stdout + verified.stderr)
  assert.ok(client.runs().length <= 3, client.runs().join('\n'))
  assert.match(client.runs()[0] ?? '', / -T -l root -p \d+ -- 127\.0\.0\.1 docker system dial-stdio$/)
  await ended(client.pids())
})

transports('ssh: Ctrl-C ends it, and takes ssh along, while the engine says nothing', async bench => {
  const { doors, directory: project } = bench
  const { client, env } = throughSsh(bench)
  doors.engine.signal('SIGSTOP')
  try {
    const verifying = startProgram(process.execPath, [CLI, 'verify'], { cwd: project, env })
    await untilOf(verifying, () => client.pids().length > 0)
    verifying.child.kill('SIGINT')
    const ran = await verifying.ended
    assert.is(ran.code, 130, ran.stdout + ran.stderr)
    await ended(client.pids())
  } finally {
    doors.engine.signal('SIGCONT')
  }
})

transports('ssh: it ends by itself when dock-lock is killed', async bench => {
  const { doors, directory: project } = bench
  const { client, env } = throughSsh(bench)
  doors.engine.signal('SIGSTOP')
  try {
    const verifying = startProgram(process.execPath, [CLI, 'verify'], { cwd: project, env })
    await untilOf(verifying, () => client.pids().length > 0)
    verifying.child.kill('SIGKILL')
    assert.is((await verifying.ended).signal, 'SIGKILL')
  } finally {
    doors.engine.signal('SIGCONT')
  }
  await ended(client.pids())
})

/** Waits for the end of processes; a test that never ends says that they do not. */
async function ended(pids: readonly number[]): Promise<void> {
  assert.ok(pids.length > 0, 'ssh was not run')
  const runs = (pid: number) =>
    existsSync(`/proc/${pid}`) && /\bssh\b/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  while (pids.some(runs)) await sleep(20)
}

interface Refusal {
  readonly way: (doors: Doors) => Way
  readonly message: RegExp
  readonly hint: RegExp
}

const tlsBy = (which: keyof Doors['certificates']) => (doors: Doors) => ({
  env: { DOCKER_HOST: doors.tls, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: doors.certificates[which] },
})
const sshBy = (ssh: SshClientOptions) => (doors: Doors) => ({ env: { DOCKER_HOST: doors.ssh }, ssh })

const refusals: Readonly<Record<string, Refusal>> = {
  'TLS: an authority that did not sign the certificate': {
    way: tlsBy('otherAuthority'),
    message: /no TLS connection with the engine at tcp:\/\/.*not from the authority in .*\/ca\.pem/,
    hint: /into .*\/ca\.pem/,
  },
  'TLS: no client certificate': {
    way: tlsBy('none'),
    message: /it requires a client certificate/,
    hint: /cert\.pem/,
  },
  'TLS: a client certificate of another authority': {
    way: tlsBy('stranger'),
    message: /it rejected the client certificate/,
    hint: /cert\.pem/,
  },
  'TLS: a certificate with the key of another': {
    way: tlsBy('broken'),
    message: /cannot be used/,
    hint: /PEM/,
  },
  'TLS: none spoken to an engine that wants it': {
    way: ({ tls }) => ({ env: { DOCKER_HOST: tls } }),
    message: /HTTPS server|broke off/,
    hint: /DOCKER_TLS_VERIFY=1/,
  },
  'ssh: nobody at that port': {
    way: () => ({ env: { DOCKER_HOST: 'ssh://root@127.0.0.1:1' } }),
    message: /ssh ended with 255: .*Connection refused/,
    hint: /is that its port/,
  },
  'ssh: a server that nobody knows': {
    way: sshBy({ known: 'none' }),
    message: /Host key verification failed/,
    hint: /compare its fingerprint and accept it: ssh -p \d+ root@127\.0\.0\.1/,
  },
  'ssh: a server that is not who it was': {
    way: sshBy({ known: 'stranger' }),
    message: /Host key verification failed/,
    hint: /Find out why/,
  },
  'ssh: a key that is not accepted': {
    way: sshBy({ key: 'stranger' }),
    message: /Permission denied \(publickey\)/,
    hint: /ssh-agent/,
  },
  'ssh: no socket at that path over there': {
    way: ({ ssh }) => ({ env: { DOCKER_HOST: `${ssh}/nowhere/docker.sock` } }),
    message: /over there: .*(?:dial unix|Cannot connect).*\/nowhere\/docker\.sock/,
    hint: /finds no engine/,
  },
  'ssh: there is none here': {
    way: ({ ssh }) => ({ env: { DOCKER_HOST: ssh, PATH: '/nowhere' } }),
    message: /ssh was not found/,
    hint: /openssh-client/,
  },
}

for (const [name, { way, message, hint }] of Object.entries(refusals))
  transports(`${name}: one clear error`, async bench => {
    await refused(bench, way(bench.doors), message, hint)
  })

transports('ssh: no docker over there: one clear error', async bench => {
  const bare = await startSshd({ PATH: '/nowhere' })
  try {
    const client = bare.client()
    const env = { DOCKER_HOST: `ssh://root@${bare.address}`, PATH: `${client.path}:${process.env.PATH}` }
    await refused(bench, { env }, /ssh ended with 127, over there: .*docker/, /in the PATH of shells/)
  } finally {
    await bare.stop()
  }
})

transports('ssh to Podman by CONTAINER_HOST, with a key of its own', async bench => {
  const { directory: project } = bench
  const podman = await startPodman('podman-4', { registries: mirrorOf(bench.gate.address) })
  const sshd = await startSshd({ PATH: '/usr/bin:/bin' })
  try {
    const client = sshd.client({ key: 'stranger' })
    const env = {
      PATH: `${client.path}:${process.env.PATH}`,
      HOME: project,
      CONTAINER_HOST: `ssh://root@${sshd.address}${podman.socket}`,
      CONTAINER_SSHKEY: sshd.key,
    }
    // The variable counts where the machine has no Docker.
    const alone = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-euc',
      'mount -t tmpfs tmpfs /run; exec "$@"',
      'sh',
    ]
    const dockLock = (command: string) =>
      runProgram('unshare', [...alone, process.execPath, CLI, command], { cwd: project, env })
    const locked = await dockLock('lock')
    assert.is(locked.code, 0, told(locked))
    const verified = await dockLock('verify')
    assert.is(verified.code, 0, told(verified))
    assert.match(verified.stdout, 'Podman 4')
  } finally {
    await sshd.stop()
    await podman.stop()
  }
})

async function refused(bench: Bench, way: Way, message: RegExp, hint: RegExp): Promise<void> {
  const env = environment(bench, way)
  const { directory: project } = bench
  for (const command of ['verify', 'pull']) {
    const ran = await runCli([command], { cwd: project, env })
    assert.is(ran.code, 3, told(ran))
    assert.is(ran.stdout, '')
    const lines = ran.stderr.trimEnd().split('\n')
    assert.is(lines.length, 2, told(ran))
    assert.match(lines[0] ?? '', /^dock-lock: /)
    assert.match(lines[0] ?? '', message)
    assert.match(lines[1] ?? '', hint)
    assert.not.match(ran.stderr, /node:|\.ts:|\.cjs:|routines:/)
  }
}

function told({ stdout, stderr }: Ran): string {
  return `${stdout}${stderr}`
}

transports.run()
