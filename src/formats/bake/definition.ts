/** What a Bake file means: its targets, with all that they inherit. */

export interface BakeTarget {
  readonly context: string
  readonly dockerfile: string
  readonly inline?: string
  readonly args: Readonly<Record<string, string>>
  readonly contexts: Readonly<Record<string, string>>
  readonly target?: string
  readonly platforms: readonly string[]
}

export interface BakeDefinition {
  readonly targets: ReadonlyMap<string, BakeTarget>
  /** The members of each group, also of the groups that a matrix makes. */
  readonly groups: ReadonlyMap<string, readonly string[]>
}

/** The output of `docker buildx bake --print`; undefined if it is something else. */
export function parsePrinted(text: string): BakeDefinition | undefined {
  let printed: unknown
  try {
    printed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(printed)) return undefined
  const targets = Object.entries(isRecord(printed.target) ? printed.target : {})
  const groups = Object.entries(isRecord(printed.group) ? printed.group : {})
  return {
    targets: new Map(targets.map(([name, target]) => [name, toTarget(isRecord(target) ? target : {})])),
    groups: new Map(
      groups.map(([name, group]) => [name, strings(isRecord(group) ? group.targets : undefined)]),
    ),
  }
}

function toTarget(printed: Readonly<Record<string, unknown>>): BakeTarget {
  const { context, dockerfile, target, 'dockerfile-inline': inline } = printed
  return {
    context: typeof context === 'string' ? context : '.',
    dockerfile: typeof dockerfile === 'string' ? dockerfile : 'Dockerfile',
    ...(typeof inline === 'string' && { inline: unescapeTemplate(inline) }),
    args: stringMap(printed.args, unescapeTemplate),
    contexts: stringMap(printed.contexts, text => text),
    ...(typeof target === 'string' && { target }),
    platforms: strings(printed.platforms),
  }
}

/** buildx prints args and inline Dockerfiles as templates, so that they can be read again. */
function unescapeTemplate(text: string): string {
  return text.replaceAll('$${', '${').replaceAll('%%{', '%{')
}

function stringMap(value: unknown, decode: (text: string) => string): Readonly<Record<string, string>> {
  const entries = Object.entries(isRecord(value) ? value : {})
  return Object.fromEntries(
    entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, decode(text)]] : [])),
  )
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
