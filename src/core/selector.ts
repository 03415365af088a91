/**
 * Selects a store: that of an engine's address, of a docker context, or of a buildx builder; at most one of them. Empty: the docker
 * CLI's default.
 */
export interface StoreSelector {
  /** Like DOCKER_HOST. */
  readonly host?: string
  /** Like DOCKER_CONTEXT. */
  readonly context?: string
  /** Like BUILDX_BUILDER. */
  readonly builder?: string
}

/** Removes repeated stores. */
export function distinctSelectors(selectors: readonly StoreSelector[]): readonly StoreSelector[] {
  const byText = new Map(
    selectors.map(one => [JSON.stringify([one.host, one.context, one.builder]), one] as const),
  )
  return [...byText.values()]
}

/**
 * Short unique labels: the name of the context or builder, else as much of the address as distinguishes it from the others:
 * `build-1` for `tcp://build-1:2376`, `a/docker.sock` for `unix:///run/a/docker.sock`.
 */
export function storeLabels(
  stores: readonly { readonly selector: StoreSelector; readonly host: string }[],
): readonly string[] {
  const names = stores.map(({ selector, host }) =>
    selector.context === undefined && selector.builder === undefined
      ? namesOfHost(host)
      : [selector.context ?? selector.builder ?? ''],
  )
  const used = names.map(() => 0)
  const labelAt = (index: number) => names[index]?.[used[index] ?? 0] ?? ''
  for (let again = true; again; ) {
    again = false
    const labels = names.map((_, index) => labelAt(index))
    labels.forEach((label, index) => {
      if (labels.indexOf(label) === labels.lastIndexOf(label)) return
      if ((used[index] ?? 0) + 1 >= (names[index]?.length ?? 0)) return
      used[index] = (used[index] ?? 0) + 1
      again = true
    })
  }
  const labels = names.map((_, index) => labelAt(index))
  return labels.map((label, index) => {
    const before = labels.slice(0, index).filter(other => other === label).length
    return before === 0 ? label : `${label} (${before + 1})`
  })
}

/** From the shortest label to the whole address. */
function namesOfHost(host: string): readonly string[] {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/i.exec(host) ?? []
  if (rest === '') return [host]
  if (scheme === 'unix' || scheme === 'npipe') {
    const parts = rest.split('/').filter(part => part !== '')
    return [...parts.map((_, index) => parts.slice(parts.length - 1 - index).join('/')), host]
  }
  const authority = (rest.split('/')[0] ?? rest).replace(/:[^@]*@/, '@')
  const machine = authority.replace(/^[^@]*@/, '')
  const name = machine.replace(/:\d+$/, '')
  return [...new Set([name, machine, authority, host.replace(/:[^/@]*@/, '@')])].filter(one => one !== '')
}
