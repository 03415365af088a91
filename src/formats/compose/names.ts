/** The files that `docker compose` finds by itself, the first one first. */
export const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'] as const

export function isDefaultName(path: string): boolean {
  return NAMES.some(name => name === path.slice(path.lastIndexOf('/') + 1))
}
