/** Every state in which the store of a Docker engine can have an image, made by what people do. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlatformImage } from '../../support/registry/images.ts'
import type { Built } from './client.ts'
import type { Engine } from './engines.ts'
import type { SeededImage } from './images.ts'

/** What the states are made of. */
export interface Material {
  /** `alpine:3.23` of Docker Hub: what the Dockerfile names, with this digest. The repository `mirror/alpine` has the very same. */
  readonly image: SeededImage
  /** The same tag, later: other content, so another digest. `point` makes the tag mean it, or the first again. */
  readonly later: SeededImage
  readonly point: (image: SeededImage) => Promise<void>
  /** An empty folder for files. */
  readonly folder: string
}

export interface State {
  readonly title: string
  /** Undefined: the engine cannot be in this state. */
  readonly make: (engine: Engine, material: Material) => Promise<unknown> | undefined
}

export const TAG = 'alpine:3.23'

export const STATES: readonly State[] = [
  { title: 'nothing', make: async () => {} },
  { title: 'pulled by tag', make: engine => docker(engine, 'pull', TAG) },
  {
    title: 'pulled by digest',
    make: (engine, { image }) => docker(engine, 'pull', `alpine@${image.digest}`),
  },
  {
    title: 'pulled by digest, tagged',
    make: async (engine, { image }) => {
      await docker(engine, 'pull', `alpine@${image.digest}`)
      await docker(engine, 'tag', `alpine@${image.digest}`, TAG)
    },
  },
  {
    title: 'built by tag once',
    make: (engine, material) => buildOnce(engine, material, TAG),
  },
  {
    title: 'built by tag and digest once',
    make: (engine, material) => buildOnce(engine, material, `${TAG}@${material.image.digest}`),
  },
  {
    title: 'pulled for another platform',
    make: (engine, { image }) =>
      docker(engine, 'pull', '--platform=linux/arm64', `alpine@${image.digest}`).then(() =>
        docker(engine, 'tag', `alpine@${image.digest}`, TAG),
      ),
  },
  {
    title: 'pulled for both platforms',
    make: (engine, { image }) =>
      engine.store === 'graphdriver'
        ? undefined
        : docker(engine, 'pull', '--platform=linux/arm64', `alpine@${image.digest}`)
            .then(() => docker(engine, 'pull', '--platform=linux/amd64', `alpine@${image.digest}`))
            .then(() => docker(engine, 'tag', `alpine@${image.digest}`, TAG)),
  },
  {
    title: 'pulled by tag, which has moved since',
    make: async (engine, { later, image, point }) => {
      await docker(engine, 'pull', TAG)
      await point(later)
      await docker(engine, 'pull', TAG).finally(() => point(image))
    },
  },
  {
    title: 'the tag on another image, the digest pulled too',
    make: async (engine, { later, image, point }) => {
      await point(later)
      await docker(engine, 'pull', TAG).finally(() => point(image))
      await docker(engine, 'pull', `alpine@${image.digest}`)
    },
  },
  {
    title: 'the tag on another image only',
    make: async (engine, { later, image, point }) => {
      await point(later)
      await docker(engine, 'pull', TAG).finally(() => point(image))
    },
  },
  {
    title: 'pulled from another repository',
    make: engine => docker(engine, 'pull', 'mirror/alpine:3.23'),
  },
  {
    title: 'pulled from another repository, tagged',
    make: async engine => {
      await docker(engine, 'pull', 'mirror/alpine:3.23')
      await docker(engine, 'tag', 'mirror/alpine:3.23', TAG)
    },
  },
  {
    title: 'saved and loaded',
    make: async (engine, { folder }) => {
      const file = join(folder, 'image.tar')
      await docker(engine, 'pull', TAG)
      await docker(engine, 'save', '--output', file, TAG)
      await engine.pruneAll()
      await docker(engine, 'load', '--input', file)
      rmSync(file)
    },
  },
  {
    title: 'pulled, then a layer lost',
    make: (engine, { image }) => pullAndLose(engine, native(image).layer),
  },
  {
    title: 'pulled, then its config lost',
    make: (engine, { image }) => pullAndLose(engine, native(image).config),
  },
  {
    title: 'pulled, then its manifest lost',
    make: (engine, { image }) => pullAndLose(engine, native(image).digest),
  },
  {
    title: 'checked only',
    make: (engine, material) =>
      engine.id === 'docker-20.10'
        ? undefined
        : checkOnly(engine, material, `${TAG}@${material.image.digest}`),
  },
  {
    title: 'pulled, untagged by hand',
    make: async (engine, { image }) => {
      await docker(engine, 'pull', TAG)
      await docker(engine, 'pull', `alpine@${image.digest}`)
      await docker(engine, 'rmi', TAG)
    },
  },
]

async function docker(engine: Engine, ...args: string[]): Promise<void> {
  const { code, output } = await engine.docker(args, { timeoutMs: 60_000 })
  if (code !== 0) throw new Error(`${engine.id}: docker ${args.join(' ')}:\n${output}`)
}

/** A build that uses the content, so that all of it is there afterwards. */
async function buildOnce(engine: Engine, { folder }: Material, from: string): Promise<void> {
  const built = await buildFrom(engine, folder, from)
  if (built.code !== 0) throw new Error(`${engine.id}: ${built.output}`)
}

function buildFrom(engine: Engine, folder: string, from: string): Promise<Built> {
  return buildFile(engine, folder, usingAll(from))
}

/** A Dockerfile whose build needs all of the image. */
export function usingAll(from: string): string {
  return `FROM ${from}\nRUN ["/bin/sh", "-c", "cat /image"]\n`
}

export function buildFile(engine: Engine, folder: string, dockerfile: string): Promise<Built> {
  writeFileSync(join(folder, 'Dockerfile'), dockerfile)
  return engine.build({ context: folder, timeoutMs: 60_000 })
}

/** `docker build --check` reads what describes the image, and no layer. */
async function checkOnly(engine: Engine, { folder }: Material, from: string): Promise<void> {
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${from}\n`)
  const { code, output } = await engine.build({ context: folder, flags: ['--check'], timeoutMs: 60_000 })
  if (code !== 0) throw new Error(`${engine.id}: ${output}`)
}

/** Pulls the image and removes one of its blobs. A graphdriver store has no blobs. */
function pullAndLose(engine: Engine, digest: string): Promise<void> | undefined {
  if (engine.store === 'graphdriver') return undefined
  return docker(engine, 'pull', TAG).then(() => loseBlob(engine, digest))
}

/** Takes a blob out of the content, as a garbage collection does that was told wrong. */
async function loseBlob(engine: Engine, digest: string): Promise<void> {
  await ctr(engine, 'content', 'rm', digest)
  // Until its file is gone, too, BuildKit may take that up again. Deleting a lease so collects what nobody refers to, and waits for that.
  await ctr(engine, 'leases', 'create', '--id', 'dock-lock')
  await ctr(engine, 'leases', 'delete', '--sync', 'dock-lock')
}

async function ctr(engine: Engine, ...args: string[]): Promise<void> {
  const socket = '/run/docker/containerd/containerd.sock'
  const { code, output } = await engine.inside('ctr', '--address', socket, '--namespace', 'moby', ...args)
  if (code !== 0) throw new Error(`${engine.id}: ctr ${args.join(' ')}:\n${output}`)
}

function native({ platforms }: SeededImage): PlatformImage {
  const found = platforms['linux/amd64']
  if (found === undefined) throw new Error('the image is not for linux/amd64')
  return found
}
