/** Where the commands of the docs run: a project in git, a registry that stands for all others, and an engine that pulls from it. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FakeEngine, startEngine } from '../cli/support/engine.ts'
import { createProject, type Project } from '../cli/support/project.ts'
import { dockerScript } from '../support/docker-script.ts'
import { type Files, git, writeFiles } from '../support/folder.ts'
import { writeContext } from '../support/no-engine.ts'
import { type EmbeddedRegistry, startRegistry } from '../support/registry/index.ts'
import type { Ran } from '../support/spawn.ts'

export interface Setting {
  readonly files: Files
  /** `library/alpine:3.23` → days since it was made. */
  readonly images: Readonly<Record<string, number>>
  /** A registry besides Docker Hub for which the one of the test stands. */
  readonly mirrored?: string
}

export interface World {
  readonly project: Project
  readonly registry: EmbeddedRegistry
  /** `dock-lock ARGS`, in the project. */
  run(args: readonly string[]): Promise<Ran>
  /** Makes a docker context: of an address, or of a new engine that has images with these names. */
  addContext(name: string, content: string | readonly (readonly string[])[]): Promise<void>
  /** Commits all files of the project. */
  commit(): void
  /** Hands `use` a copy with the same registry and engine. */
  copy<T>(use: (world: World) => Promise<T>): Promise<T>
}

/** A docker that can build: it answers what dock-lock asks, and does nothing else. */
const DOCKER = dockerScript()

export async function withWorld<T>(
  { files, images, mirrored }: Setting,
  use: (world: World) => Promise<T>,
): Promise<T> {
  const outer = mkdtempSync(join(realpathSync(tmpdir()), 'dock-lock-docs-'))
  const registry = await startRegistry()
  const engines: FakeEngine[] = []
  const addEngine = async (name: string): Promise<FakeEngine> => {
    const engine = await startEngine(join(outer, `${name}.sock`), { mirrors: [registry.url] })
    engines.push(engine)
    return engine
  }
  const bin = join(outer, 'bin')
  const { host } = await addEngine('engine')
  const env = { DOCKER_CONTEXT: 'engine', PATH: `${bin}:${process.env.PATH}` }
  const worldAt = (folder: string): World => {
    const project = createProject(folder)
    return {
      project,
      registry,
      run: args => project.runHere(args, env),
      async addContext(name, content) {
        const address = typeof content === 'string' ? content : undefined
        const own = address === undefined ? await addEngine(name) : undefined
        if (typeof content !== 'string') for (const names of content) own?.add(names)
        writeContext(`${project.env.HOME}/.docker`, name, address ?? `${own?.host}`)
      },
      commit() {
        git(project.root, 'add', '--all')
        git(project.root, 'commit', '--quiet', '--message', 'Update base images')
      },
      async copy(next) {
        const other = mkdtempSync(join(outer, 'copy-'))
        for (const name of ['project', 'home'])
          cpSync(join(folder, name), join(other, name), { recursive: true })
        return await next(worldAt(other))
      },
    }
  }
  try {
    for (const [name, days] of Object.entries(images)) addImage(registry, name, days)
    mkdirSync(bin)
    writeFileSync(join(bin, 'docker'), DOCKER, { mode: 0o755 })
    const world = worldAt(outer)
    writeFiles(world.project.root, files)
    writeContext(join(outer, 'home/.docker'), 'engine', host)
    if (mirrored !== undefined)
      writeFiles(join(outer, 'home/.config/dock-lock'), {
        'config.yaml': `registries:\n${[mirrored, 'docker.io'].map(name => `  ${name}: {mirrors: ['${registry.url}']}\n`).join('')}`,
      })
    git(world.project.root, 'init', '--quiet', '--template=')
    world.commit()
    return await use(world)
  } finally {
    await Promise.all(engines.map(engine => engine.close()))
    await registry.close()
    rmSync(outer, { recursive: true, force: true })
  }
}

/** @param days since it was made */
export function addImage(registry: EmbeddedRegistry, name: string, days: number, revision = 0): string {
  const [repository = '', tag = ''] = name.split(':')
  const created = new Date(Date.now() - days * 86_400_000).toISOString()
  return registry.addImage(repository, tag, { created, revision }).digest
}
