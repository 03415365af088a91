export function isPackageJson(path: string): boolean {
  return path === 'package.json' || path.endsWith('/package.json')
}

/** Whether a script in the file may start a build. Most have none, and are not parsed. */
export function mayHoldBuilds(text: string): boolean {
  return /(?:docker|podman)(?:[^"\\\n]|\\.){0,1000}?\b(?:build|builder|buildx|bake|up)\b/.test(text)
}
