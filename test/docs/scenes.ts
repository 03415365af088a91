/** The projects behind the outputs that the pages show. */
import { addImage, type Setting, type World } from './world.ts'

export interface Scene extends Setting {
  readonly page: string
  /** Of the page, one after the other, as it writes them without the program. The first has its output there. */
  readonly commands: readonly string[]
  /** Before the commands: by default, the project is locked and committed. */
  readonly prepare?: (world: World) => Promise<void>
}

/** The first fenced block of a language in the page, where `…` stands for what does not matter. */
export function fencedIn(text: string, language: string): string {
  const block = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'm').exec(text)?.[1]
  if (block === undefined) throw new Error(`the page shows no ${language}`)
  return block.replaceAll(/^…$/gm, '# …')
}

export const isLocked = async ({ run, commit }: World): Promise<void> => {
  const { code, stdout, stderr } = await run([])
  if (code !== 0) throw new Error(stdout + stderr)
  commit()
}

const fromEach = (...images: readonly string[]) => images.map(image => `FROM ${image}\n`).join('')

const asItIs = async (): Promise<void> => {}
const ALPINE_AND_NODE = { 'library/node:24-alpine': 30, 'library/alpine:3.23': 40 }

export const scenes = (read: (page: string) => string): readonly Scene[] => [
  {
    page: 'README.md',
    commands: ['', '', ' check'],
    files: { Dockerfile: fencedIn(read('README.md'), 'dockerfile') },
    images: ALPINE_AND_NODE,
    prepare: asItIs,
  },
  {
    page: 'docs/args.md',
    commands: [''],
    files: { Dockerfile: `ARG NODE_VERSION=24\n${fromEach('node:${NODE_VERSION}-alpine')}` },
    images: ALPINE_AND_NODE,
    prepare: asItIs,
  },
  {
    page: 'docs/bake.md',
    commands: [' run -- docker build --build-arg NODE_VERSION=20 .'],
    files: { Dockerfile: `ARG NODE_VERSION=24\n${fromEach('node:${NODE_VERSION}-alpine')}` },
    images: ALPINE_AND_NODE,
  },
  {
    page: 'docs/compose.md',
    commands: [''],
    files: {
      'compose.yaml': 'services: {web: {build: web}, worker: {build: web}, api: {build: api}}\n',
      'web/Dockerfile': fromEach('node:24-alpine'),
      'api/Dockerfile': fromEach('alpine:3.23'),
    },
    images: ALPINE_AND_NODE,
    prepare: asItIs,
  },
  {
    page: 'docs/config.md',
    commands: [' config'],
    files: { 'package.json': fencedIn(read('docs/config.md'), 'json') },
    images: {},
    prepare: asItIs,
  },
  {
    page: 'docs/docker-plugin.md',
    commands: [' init --docker-plugin', ' check'],
    files: { Dockerfile: fromEach('alpine:3.23') },
    images: ALPINE_AND_NODE,
  },
  {
    page: 'docs/engines.md',
    commands: [' verify'],
    files: { Dockerfile: fromEach('node:24-alpine', 'alpine:3.23') },
    images: ALPINE_AND_NODE,
    async prepare(world) {
      await isLocked(world)
      const [node, alpine] = [...world.project.read('Dockerfile').matchAll(/^FROM ((.*):.*)(@.*)$/gm)].map(
        ([, tag = '', name = '', digest = '']) => [tag, name + digest],
      )
      await world.addContext('build-1', [node!, alpine!])
      await world.addContext('build-2', 'unix:///run/build-2.sock')
      await world.addContext('build-3', [alpine!])
      const stores = ['build-1', 'build-2', 'build-3'].map(context => ({ context }))
      world.project.write('.dock-lock.yaml', JSON.stringify({ stores }))
    },
  },
  {
    page: 'docs/lockfile.md',
    commands: [' why alpine'],
    files: {
      Dockerfile: `ARG TAG=3.23\nARG BASE=alpine:\${TAG}\n\n${fromEach('${BASE} AS build')}`,
      'api/Dockerfile': `ARG V=3.23\n\n${fromEach('alpine:${V}', 'busybox:${V}')}`,
    },
    images: { 'library/alpine:3.23': 40, 'library/busybox:3.23': 50 },
  },
  {
    page: 'docs/monorepo.md',
    commands: [''],
    files: {
      'services/api/Dockerfile': fromEach('node:24-alpine', 'alpine:3.23'),
      'services/web/Dockerfile': fromEach('node:24-alpine', 'alpine:3.23'),
      'tools/lint.Dockerfile': fromEach('node:24-alpine'),
    },
    images: ALPINE_AND_NODE,
    prepare: asItIs,
  },
  {
    page: 'docs/platforms.md',
    commands: [' pull --platform linux/arm64'],
    files: { Dockerfile: fromEach('--platform=$BUILDPLATFORM node:24-alpine AS build', 'alpine:3.23') },
    images: ALPINE_AND_NODE,
  },
  {
    page: 'docs/updates.md',
    commands: [' outdated --semver minor'],
    files: { Dockerfile: fromEach('node:22.1-alpine', 'postgres:16', 'busybox:1.37', 'alpine:3.23') },
    images: {
      'library/alpine:3.23': 41,
      'library/busybox:1.37': 50,
      'library/node:22.1-alpine': 92,
      'library/node:22.4-alpine': 11,
      'library/postgres:16': 245,
      'library/postgres:18': 20,
    },
    async prepare(world) {
      await isLocked(world)
      addImage(world.registry, 'library/alpine:3.23', 2, 1)
      addImage(world.registry, 'library/postgres:16', 5, 1)
    },
  },
  {
    page: 'docs/verify.md',
    commands: [' verify'],
    files: { Dockerfile: fromEach('node:24-alpine', 'alpine:3.23') },
    images: ALPINE_AND_NODE,
    async prepare(world) {
      await isLocked(world)
      const [, alpine = ''] = /^FROM (alpine.*)$/m.exec(world.project.read('Dockerfile')) ?? []
      await world.addContext('new', [[alpine.replace(/:3\.23/, '')]])
      world.project.write('.dock-lock.yaml', 'stores: [{context: new}]\n')
    },
  },
]
