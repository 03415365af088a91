/** A `docker` command that knows no more than buildx, and a BuildKit behind it that has nothing but content. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readMessage, writeBytes, writeNumber } from '../../src/stores/buildkit/protobuf.ts'
import { withFolder } from '../support/folder.ts'

/** What a subcommand of buildx does: says this, and forwards to the BuildKit, hangs, or ends with a code (0). */
export interface Act {
  readonly stdout?: string
  readonly stderr?: string
  readonly ending?: 'forward' | 'hang' | number
}

export interface Call {
  readonly pid: number
  /** After `docker buildx`. */
  readonly args: readonly string[]
  /** What it was told on stdin; only of one that ends by itself. */
  readonly input?: string
  readonly policy?: string
}

export interface FakeBuildx {
  /** For the store: a PATH with the command. */
  readonly env: Readonly<Record<string, string>>
  readonly calls: () => readonly Call[]
  /** By digest; may be changed. */
  readonly blobs: Map<string, Blob>
}

export interface Blob {
  readonly bytes: Buffer
  readonly labels: Readonly<Record<string, string>>
}

export interface FakeOptions {
  /** By subcommand. Default: `inspect` says {@link RUNNING}, `dial-stdio` forwards, `build` ends well. */
  readonly acts?: Readonly<Record<string, Act>>
  readonly blobs?: ReadonlyMap<string, Blob>
  /** The platforms of its worker; by default those of {@link RUNNING}. */
  readonly platforms?: readonly string[]
  /** The gRPC status of every answer, if it is not what it should be. */
  readonly status?: number
}

export const RUNNING = `Name:          farm
Driver:        docker-container
Last Activity: 2026-11-24 02:12:17 +0000 UTC

Nodes:
Name:             farm0
Endpoint:         unix:///var/run/docker.sock
Status:           running
BuildKit version: v0.25.1
Platforms:        linux/amd64, linux/amd64/v2, linux/386
Labels:
 org.mobyproject.buildkit.worker.executor: oci
GC Policy rule#0:
 All:            false
`

const SCRIPT = `#!${process.execPath}
const fs = require('fs')
const [, , plugin, command, ...args] = process.argv
const { FAKE_ROOT: root, EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: policy } = process.env
const note = more => fs.appendFileSync(root + '/calls', JSON.stringify({ pid: process.pid, args: [command, ...args], policy, ...more }) + '\\n')
const act = JSON.parse(fs.readFileSync(root + '/acts', 'utf8'))[command]
process.stderr.write(act.stderr ?? '')
process.stdout.write(act.stdout ?? '')
if (act.ending === 'forward') {
  note({})
  const kit = require('net').connect(root + '/kit.sock')
  process.stdin.pipe(kit).pipe(process.stdout)
  kit.on('close', () => process.exit(0))
} else if (act.ending === 'hang') {
  note({})
  setInterval(() => {}, 1000)
} else {
  note({ input: command === 'build' ? fs.readFileSync(0, 'utf8') : undefined })
  process.exitCode = act.ending ?? 0
}
`

export function withBuildx(options: FakeOptions, use: (fake: FakeBuildx) => Promise<void>): Promise<void> {
  return withFolder({}, async root => {
    const bin = join(root, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, 'docker'), SCRIPT)
    chmodSync(join(bin, 'docker'), 0o755)
    const acts = {
      inspect: { stdout: RUNNING },
      'dial-stdio': { ending: 'forward' },
      build: {},
      ...options.acts,
    }
    writeFileSync(join(root, 'acts'), JSON.stringify(acts))
    const blobs = new Map(options.blobs ?? [])
    const server = createServer()
    const sessions = new Set<ServerHttp2Session>()
    server.on('session', session => {
      sessions.add(session)
      session.on('error', () => {})
    })
    server.on('stream', (stream, headers) => answer(stream, String(headers[':path']), { ...options, blobs }))
    server.listen(join(root, 'kit.sock'))
    await once(server, 'listening')
    const notes = join(root, 'calls')
    // A line without its end is still being written.
    const calls = () =>
      (existsSync(notes) ? readFileSync(notes, 'utf8').split('\n').slice(0, -1) : []).map(
        line => JSON.parse(line) as Call,
      )
    try {
      await use({ env: { PATH: bin, FAKE_ROOT: root }, calls, blobs })
      // A program that stays is a test that never ends.
      while (calls().some(({ pid }) => isRunning(pid))) await sleep(5)
    } finally {
      for (const session of sessions) session.destroy()
      server.close()
    }
  })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Answers one gRPC call as BuildKit does. */
export async function answer(stream: ServerHttp2Stream, path: string, options: FakeOptions): Promise<void> {
  stream.on('error', () => {})
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  const request = readMessage(Buffer.concat(parts).subarray(5))
  const message = path.endsWith('/ListWorkers') ? workers(options) : content(path, request.text(1), options)
  const status = options.status || (message === undefined ? 5 : 0)
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () =>
    stream.sendTrailers({
      'grpc-status': String(status),
      'grpc-message': status === 0 ? '' : 'so%20it%20is',
    }),
  )
  if (status !== 0 || message === undefined) return void stream.end()
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
}

function workers({ platforms = ['linux/amd64', 'linux/amd64/v2', 'linux/386'] }: FakeOptions): Buffer {
  const records = platforms.map(platform => {
    const [os = '', architecture = '', variant = ''] = platform.split('/')
    return writeBytes(
      3,
      Buffer.concat([writeBytes(1, architecture), writeBytes(2, os), writeBytes(3, variant)]),
    )
  })
  return writeBytes(1, Buffer.concat([writeBytes(1, 'worker'), ...records]))
}

function content(path: string, digest: string, { blobs }: FakeOptions): Buffer | undefined {
  const blob = blobs?.get(digest)
  if (blob === undefined) return undefined
  if (!path.endsWith('/Info')) return writeBytes(2, blob.bytes)
  const labels = Object.entries(blob.labels).map(([name, value]) =>
    writeBytes(5, Buffer.concat([writeBytes(1, name), writeBytes(2, value)])),
  )
  return writeBytes(1, Buffer.concat([writeBytes(1, digest), writeNumber(2, blob.bytes.length), ...labels]))
}

/** An image for these platforms as content: its digest, and all blobs of it. */
export function contentOf(platforms: readonly string[], labels: Blob['labels']) {
  const blobs = new Map<string, Blob>()
  const put = (value: unknown) => {
    const bytes = Buffer.from(JSON.stringify(value))
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    blobs.set(digest, { bytes, labels })
    return { digest, size: bytes.length }
  }
  const manifests = platforms.map(text => {
    const [os, architecture, variant] = text.split('/')
    const platform = { os, architecture, ...(variant !== undefined && { variant }) }
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const layers = [1, 2].map(number => ({ mediaType: 'layer', ...put(`${text} ${number}`) }))
    const config = { mediaType: 'config', ...put({ os, architecture, text }) }
    return { mediaType, platform, ...put({ schemaVersion: 2, mediaType, config, layers }) }
  })
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const { digest } = put({ schemaVersion: 2, mediaType, manifests })
  return { digest, blobs, manifests }
}
