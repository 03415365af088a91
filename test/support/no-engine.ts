/** A docker context whose engine does not exist: a run does without an engine, while a DOCKER_HOST without one is an error. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes the context into the Docker configuration folder `config`. The variables that choose it. */
export function withoutEngine(config: string): Readonly<Record<'DOCKER_CONFIG' | 'DOCKER_CONTEXT', string>> {
  writeContext(config, 'none', 'unix:///nonexistent/docker.sock')
  return { DOCKER_CONFIG: config, DOCKER_CONTEXT: 'none' }
}

/** As `docker context create` does. */
export function writeContext(config: string, name: string, host: string): void {
  const folder = join(config, 'contexts/meta', createHash('sha256').update(name).digest('hex'))
  mkdirSync(folder, { recursive: true })
  const docker = { Host: host, SkipTLSVerify: false }
  writeFileSync(
    join(folder, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }),
  )
}
