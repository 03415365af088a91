import { readdir, readFile } from 'node:fs/promises'

/** One `deb` source of this machine's apt. */
export interface AptSource {
  readonly uri: string
  readonly suites: readonly string[]
  readonly components: readonly string[]
}

/** The mirror from which this machine takes Debian itself; `codename` is the machine's own suite. */
export async function debianMirror(codename: string): Promise<string> {
  const sources = await readAptSources()
  const main = sources.find(
    ({ suites, components }) => suites.includes(codename) && components.includes('main'),
  )
  if (main === undefined) throw new Error(`no apt source of this machine has the suite ${codename} with main`)
  const list = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(main.uri)
  if (list === null) return main.uri
  // Cloud images name their mirrors in a file of their own, one a line, options behind a tab.
  const first = (await readFile(list[1]!, 'utf8')).split('\n').find(line => /^https?:/.test(line))
  if (first === undefined) throw new Error(`${list[1]} names no http mirror`)
  return first.split(/\s/)[0]!
}

async function readAptSources(): Promise<AptSource[]> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const paths = ['/etc/apt/sources.list', ...names.sort().map(name => `${folder}/${name}`)]
  const texts = await Promise.all(paths.map(path => readFile(path, 'utf8').catch(() => '')))
  return paths.flatMap((path, index) => {
    if (path.endsWith('.list')) return parseOneLine(texts[index]!)
    return path.endsWith('.sources') ? parseDeb822(texts[index]!) : []
  })
}

/** The one-line form: `deb [options] uri suite component…` (sources.list(5)). */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap(line => {
    const found = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)([^#]*)/.exec(line)
    return found === null ? [] : [{ uri: found[1]!, suites: [found[2]!], components: words(found[3]) }]
  })
}

/** The deb822 form: stanzas of `Field: value` with indented continuation lines (sources.list(5)). */
export function parseDeb822(text: string): AptSource[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '')
  return withoutComments.split(/\n\s*\n/).flatMap(stanza => {
    const fields = new Map<string, string>()
    for (const found of stanza.matchAll(/^([\w-]+):((?:.*)(?:\n[ \t].*)*)/gm)) {
      fields.set(found[1]!.toLowerCase(), found[2]!.trim())
    }
    if (!words(fields.get('types')).includes('deb') || fields.get('enabled') === 'no') return []
    const suites = words(fields.get('suites'))
    const components = words(fields.get('components'))
    return words(fields.get('uris')).map(uri => ({ uri, suites, components }))
  })
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(word => word !== '')
}
