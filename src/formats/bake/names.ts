/** The files that `docker buildx bake` reads without `-f`, in the order in which it merges them. It reads Compose files before these. */
export const BAKE_NAMES: readonly string[] = [
  'docker-bake.json',
  'docker-bake.hcl',
  'docker-bake.override.json',
  'docker-bake.override.hcl',
]

export function isBakeName(path: string): boolean {
  return BAKE_NAMES.includes(path.slice(path.lastIndexOf('/') + 1))
}
