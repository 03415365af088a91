/** The places of devcontainer.json in the folder that is opened. */
const NAME = /(?:^|\/)(?:\.devcontainer\.json|\.devcontainer\/(?:[^/]+\/)?devcontainer\.json)$/

export function isDevcontainerName(path: string): boolean {
  return NAME.test(path)
}

/** The folder that is opened; empty at the root. */
export function withoutName(path: string): string {
  return path.replace(NAME, '')
}
