import type { ImageOptions } from '../../support/registry/images.ts'
import type { EngineOptions } from './engines.ts'
import { type Gate, startGate } from './gate.ts'
import { type SeededImage, seedImages } from './images.ts'
import { type Registry, type RegistryOptions, startRegistry } from './registry.ts'
import { makeScratch, removeScratch } from './scratch.ts'

/** A registry with images, and what a test starts beside it. */
export interface Seeded<R extends string = string> {
  readonly registry: Registry
  /** Stands before the registry: engines and the command are given its address. */
  readonly gate: Gate
  /** Makes the gate the mirror of docker.io for an engine. */
  readonly engineOptions: Pick<EngineOptions, 'registryMirrors'>
  /** By reference, such as `library/alpine:3.23`. */
  readonly images: Readonly<Record<R, SeededImage>>
  /** For the test's own files. */
  readonly directory: string
  /** Another registry with the same images. */
  serve(options?: RegistryOptions): Promise<Registry>
  /** Hands back what was started, which then stops with the rest. */
  use<T extends { stop(): Promise<unknown> }>(starting: T | Promise<T>): Promise<T>
  /** Stops all of it and removes the directory. */
  stop(): Promise<void>
}

export async function startSeeded<R extends string = never>(
  references: readonly R[] = [],
  options: Omit<ImageOptions, 'files'> = {},
): Promise<Seeded<R>> {
  const directory = makeScratch('test')
  const running: { stop(): Promise<unknown> }[] = []
  const use: Seeded['use'] = async starting => {
    const started = await starting
    running.push(started)
    return started
  }
  const stop = async () => {
    // All of them, also where one fails: what still runs keeps this process from ending.
    const stopped = await Promise.allSettled(running.splice(0).map(each => each.stop()))
    removeScratch(directory)
    for (const one of stopped) if (one.status === 'rejected') throw one.reason
  }
  try {
    const registry = await use(startRegistry())
    const gate = await use(startGate({ upstream: registry.port }))
    return {
      registry,
      gate,
      engineOptions: { registryMirrors: [`http://${gate.address}`] },
      images: await seedImages(registry, references, options),
      directory,
      serve: more => use(startRegistry({ storage: registry.storage, ...more })),
      use,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
