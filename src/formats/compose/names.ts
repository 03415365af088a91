/** The files that `docker compose` finds by itself, the first one first. */
export const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'] as const

export function isDefaultName(path: string): boolean {
  return NAMES.some(name => name === path.slice(path.lastIndexOf('/') + 1))
}

/** The first file of `COMPOSE_FILE`, from the environment or `.env`. Undefined if it is not set. */
export function settingsFile(
  env: Readonly<Record<string, string | undefined>>,
  envFile: () => string | undefined,
): string | undefined {
  const listed =
    env.COMPOSE_FILE ?? /^\s*(?:export\s+)?COMPOSE_FILE\s*[=:]\s*["']?([^"'\s]+)/m.exec(envFile() ?? '')?.[1]
  const first = listed?.split(/[:;,]/)[0]
  return first ? first : undefined
}
