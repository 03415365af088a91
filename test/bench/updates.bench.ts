/** `outdated` and `update` of many images with many tags, beside the requests alone, and beside crane and Renovate. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { treeDirectory } from '../e2e/support/machine.ts'
import { CLI } from '../support/cli.ts'
import { runProgram } from '../support/spawn.ts'
import type { Bench } from './support/bench.ts'
import { bundle } from './support/bundle.ts'
import { ENV } from './support/environment.ts'
import { interleave, median } from './support/measure.ts'
import { makeProject } from './support/project.ts'
import { milliseconds } from './support/table.ts'
import { CURRENT, startTagsServer, type TagsServer } from './tags-server.ts'

const ROUNDS = 5
const IMAGES = 100
const IMAGES_OF_FILE = 4
const TAGS = 5_000
const AT_ONCE = 16
const LOCKFILE = 'docker-images.lock'
const COMMANDS = {
  outdated: { args: ['outdated'], code: 1 },
  update: { args: ['update', '--semver', 'major', '--no-verify', '--no-pull'], code: 0 },
} as const
type Name = keyof typeof COMMANDS

export const bench: Bench = {
  name: 'updates',
  async run(say, _full, rounds = ROUNDS) {
    const folder = mkdtempSync(join(tmpdir(), 'dock-lock-bench-'))
    const rows: string[][] = []
    const notes = [
      `Whole processes for ${IMAGES} images in ${IMAGES / IMAGES_OF_FILE} Dockerfiles, each of a repository with ${TAGS.toLocaleString('en')} tags, on one registry over http that answers each request after so many ms; medians of ${rounds}, in turns. “Requests alone” is a process that sends the same requests by undici, over as many connections, and throws the answers away. It knows all of them from the start; a program that uses the answers has to wait for one page to know the next. CPU is the processor time of the process, which says more than time where other work runs; peak is resident memory.`,
      'Goal: at most 1.5 × the requests alone, and 150 MB.',
    ]
    try {
      const script = join(folder, 'send-requests.mjs')
      await bundle(new URL('support/send-requests.ts', import.meta.url), script)
      for (const latency of [0, 20]) {
        const server = await startTagsServer(TAGS, latency)
        try {
          for (const name of Object.keys(COMMANDS) as Name[]) {
            say(`${name} at ${latency} ms`)
            rows.push(await ofCommand(name, server, latency, { script, folder, rounds }))
          }
          if (latency === 0)
            rows.push(...(await ofCrane(server, notes, say)), ...(await ofRenovate(server, notes, say)))
        } finally {
          server.stop()
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    return {
      title: 'Updates',
      header: ['', 'requests', 'time', 'requests alone', 'ratio', 'CPU', 'requests alone', 'ratio', 'peak'],
      rows,
      notes,
    }
  },
}

interface Measured {
  readonly time: number
  readonly cpu: number
  readonly peak: number
}

async function ofCommand(
  name: Name,
  server: TagsServer,
  latency: number,
  { script, folder, rounds }: { readonly script: string; readonly folder: string; readonly rounds: number },
): Promise<string[]> {
  const dockerfiles = dockerfilesOn(server)
  const names = Object.keys(dockerfiles)
  const project = makeProject(dockerfiles)
  const { args, code } = COMMANDS[name]
  try {
    await measure(project.path, [CLI, '--no-verify'], 0)
    const files = [...names, LOCKFILE].map(file => [file, readFileSync(join(project.path, file))] as const)
    await server.requests()
    const seen: Record<string, Measured[]> = { command: [], bare: [] }
    const requests = join(folder, 'requests')
    const run = (which: string, argv: readonly string[], expected: number) => async () => {
      for (const [file, text] of files) writeFileSync(join(project.path, file), text)
      const measured = await measure(project.path, argv, expected)
      seen[which]?.push(measured)
      return measured.time
    }
    await run('', [CLI, ...args], code)()
    const sent = await server.requests()
    writeFileSync(requests, sent.join('\n'))
    await interleave(rounds, {
      bare: run('bare', [script, server.host, requests], 0),
      command: run('command', [CLI, ...args], code),
    })
    // The first round fills caches.
    const of = (which: string, what: keyof Measured) => seen[which]!.slice(1).map(one => one[what])
    const ratio = (what: keyof Measured) =>
      `${median(of('command', what).map((value, round) => value / (of('bare', what)[round] ?? Number.NaN))).toFixed(2)} ×`
    return [
      `\`dock-lock ${name}\` at ${latency} ms`,
      String(sent.length),
      milliseconds(median(of('command', 'time'))),
      milliseconds(median(of('bare', 'time'))),
      ratio('time'),
      milliseconds(median(of('command', 'cpu'))),
      milliseconds(median(of('bare', 'cpu'))),
      ratio('cpu'),
      `${Math.max(...of('command', 'peak')).toFixed(0)} MB`,
    ]
  } finally {
    project.remove()
  }
}

function dockerfilesOn({ host }: TagsServer): Readonly<Record<string, string>> {
  const from = (number: number) =>
    `FROM ${host}/team/image-${number}:${CURRENT} AS stage-${number}\nRUN make\n`
  return Object.fromEntries(
    Array.from({ length: IMAGES / IMAGES_OF_FILE }, (_, index) => [
      `service-${index}/Dockerfile`,
      Array.from({ length: IMAGES_OF_FILE }, (_, number) => from(index * IMAGES_OF_FILE + number)).join(''),
    ]),
  )
}

async function measure(cwd: string, args: readonly string[], expected: number): Promise<Measured> {
  const preload = fileURLToPath(new URL('support/peak.cjs', import.meta.url))
  const start = performance.now()
  const ran = await runProgram(process.execPath, ['--require', preload, ...args], {
    cwd,
    env: ENV,
    timeoutMs: 300_000,
  })
  const time = performance.now() - start
  if (ran.code !== expected) throw new Error(ran.stdout.slice(-2000) + ran.stderr.slice(-2000))
  const said = (what: string) => Number(new RegExp(`^${what} (\\d+)$`, 'm').exec(ran.stderr)?.[1])
  return { time, cpu: said('cpu') / 1000, peak: (said('peak') * 1024) / 1e6 }
}

/** The list of tags, or the digest, of each image: a process for each, several at once. */
async function ofCrane(
  { host }: TagsServer,
  notes: string[],
  say: (line: string) => void,
): Promise<string[][]> {
  const crane = join(treeDirectory(), 'usr/bin/crane')
  if (!existsSync(crane)) {
    notes.push('NOT MEASURED: crane, which is not installed.')
    return []
  }
  const rows: string[][] = []
  for (const [name, tag] of [
    ['ls', ''],
    ['digest', `:${CURRENT}`],
  ] as const) {
    say(`crane ${name}`)
    const script = `seq 0 ${IMAGES - 1} | xargs -P ${AT_ONCE} -I N ${crane} ${name} --insecure ${host}/team/image-N${tag} >/dev/null`
    const start = performance.now()
    const { code, stderr } = await runProgram('sh', ['-c', script], { env: ENV, timeoutMs: 300_000 })
    if (code !== 0) throw new Error(stderr.slice(-2000))
    const time = milliseconds(performance.now() - start)
    rows.push([`\`crane ${name}\` of each, ${AT_ONCE} processes at once`, '–', time, ...Array(6).fill('–')])
  }
  return rows
}

/** Renovate's lookup of the same images: its whole process, which changes nothing. */
async function ofRenovate(
  server: TagsServer,
  notes: string[],
  say: (line: string) => void,
): Promise<string[][]> {
  const renovate = join(tmpdir(), 'dock-lock-renovate/node_modules/renovate/dist/renovate.js')
  if (!existsSync(renovate)) {
    notes.push('NOT MEASURED: Renovate, which test/e2e/support/renovate.ts installs.')
    return []
  }
  say('renovate')
  const project = makeProject({
    ...dockerfilesOn(server),
    'config.json': JSON.stringify({
      platform: 'local',
      dryRun: 'lookup',
      onboarding: false,
      requireConfig: 'optional',
      enabledManagers: ['dockerfile'],
      repositoryCache: 'disabled',
      hostRules: [{ matchHost: server.host, insecureRegistry: true }],
    }),
  })
  try {
    await server.requests()
    const start = performance.now()
    const { code, stdout, stderr } = await runProgram(process.execPath, [renovate], {
      cwd: project.path,
      env: {
        ...ENV,
        HOME: project.path,
        RENOVATE_BASE_DIR: project.path,
        RENOVATE_CONFIG_FILE: join(project.path, 'config.json'),
        LOG_LEVEL: 'warn',
      },
      timeoutMs: 300_000,
    })
    if (code !== 0) throw new Error(stdout.slice(-2000) + stderr.slice(-2000))
    const time = milliseconds(performance.now() - start)
    const sent = await server.requests()
    return [
      ['`renovate --platform=local --dry-run=lookup`', String(sent.length), time, ...Array(6).fill('–')],
    ]
  } finally {
    project.remove()
  }
}
