/** The variables of devcontainer.json. */

export interface DevcontainerVariables {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The folder that is opened, absolute and with `/`. */
  readonly workspaceFolder: string
}

export interface Substituted {
  readonly text: string
  /** The environment variables that decide the text. */
  readonly names: readonly string[]
  /** Those that are not set and have no default. */
  readonly unset: readonly string[]
  /** Whether the text ends with what a variable gives. */
  readonly endsWithVariable: boolean
}

/**
 * The text with its variables. Unknown ones stay, as do those that only the container has.
 * @see https://containers.dev/implementors/json_reference/#variables-in-devcontainerjson
 */
export function replaceVariables(
  source: string,
  { env, workspaceFolder }: DevcontainerVariables,
): Substituted {
  const names: string[] = []
  const unset: string[] = []
  let text = ''
  let end = 0
  for (const { 0: whole, 1: inside = '', index } of source.matchAll(/\$\{([^}\n]*)\}/g)) {
    const value = variable(inside)
    text += source.slice(end, index) + (value ?? whole)
    end = index + whole.length
  }
  return { text: text + source.slice(end), names, unset, endsWithVariable: end === source.length && end > 0 }

  function variable(inside: string): string | undefined {
    // What follows a second colon is not part of the default.
    const [kind, name, byDefault] = inside.split(':')
    switch (kind) {
      case 'localEnv':
      case 'env':
        if (name === undefined) return undefined
        names.push(name)
        if (env[name] === undefined && byDefault === undefined) unset.push(name)
        return env[name] ?? byDefault ?? ''
      case 'localWorkspaceFolder':
        return workspaceFolder
      case 'localWorkspaceFolderBasename':
      case 'containerWorkspaceFolderBasename':
        return workspaceFolder.slice(workspaceFolder.lastIndexOf('/') + 1)
      default:
        return undefined
    }
  }
}
