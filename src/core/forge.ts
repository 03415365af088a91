/** Links to the difference between two revisions on the forge that hosts the source of an image. */

type Forge = 'github' | 'gitlab' | 'gitea' | 'bitbucket'

const HOSTS: Readonly<Record<string, Forge>> = {
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'codeberg.org': 'gitea',
  'gitea.com': 'gitea',
  'bitbucket.org': 'bitbucket',
}
/** Hosts of an organization's own forge, by the first part of their name: `gitlab.example.org`. */
const NAMED: Readonly<Record<string, Forge>> = { gitlab: 'gitlab', gitea: 'gitea', forgejo: 'gitea' }

/**
 * @param source the label `org.opencontainers.image.source`: a URL or `git@host:path`
 * @returns undefined if the forge is unknown, or a revision is not a commit
 */
export function compareLink(source: string, old: string, now: string): string | undefined {
  if (!isCommit(old) || !isCommit(now) || old === now) return undefined
  const repository = repositoryOf(source)
  if (repository === undefined) return undefined
  const { forge, url } = repository
  switch (forge) {
    case 'github':
    case 'gitea':
      return `${url}/compare/${old}...${now}`
    case 'gitlab':
      return `${url}/-/compare/${old}...${now}`
    case 'bitbucket':
      return `${url}/branches/compare/${now}%0D${old}`
  }
}

function isCommit(revision: string): boolean {
  return /^[0-9a-f]{7,64}$/.test(revision)
}

function repositoryOf(source: string): { readonly forge: Forge; readonly url: string } | undefined {
  const text = source.replace(/^git@([\w.-]+):/, 'https://$1/')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^(?:https?|git|ssh|git\+ssh):$/.test(url.protocol)) return undefined
  const host = /^[a-z]+:$/.test(url.protocol) ? url.hostname.toLowerCase() : ''
  const forge = HOSTS[host] ?? (/^[\w-]+(?:\.[\w-]+)+$/.test(host) ? NAMED[host.split('.')[0]!] : undefined)
  if (forge === undefined) return undefined
  const path = url.pathname.split('/-/')[0]!.split('/').filter(Boolean)
  // Only GitLab has groups within groups.
  const parts = forge === 'gitlab' ? path : path.slice(0, 2)
  const names = parts.map((name, index) => (index === parts.length - 1 ? name.replace(/\.git$/, '') : name))
  if (names.length < 2 || names.length > 10 || !names.every(name => /^\w[\w.-]{0,99}$/.test(name)))
    return undefined
  return { forge, url: `https://${host}/${names.join('/')}` }
}
