/**
 * Lists the tags of a repository, page by page.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags
 */
import { DockLockError } from '../core/error.ts'
import type { Endpoint } from './endpoints/endpoints.ts'
import type { Fetch } from './fetch.ts'
import { NO_LIST } from './registry-error.ts'
import { createTagPage, END, splitTags, type TagPage } from './tag-page.ts'
import { HttpFailure } from './transport/failure.ts'

/** ECR and GitLab refuse more. Registries may send fewer, or all: distribution 2 ignores it. */
const PAGE = 1000
/** Tags of one repository. The largest have some hundred thousand. */
const TAGS_MAX = 500_000
/** Bytes of one repository, with everything beside the tags. */
const BYTES_MAX = 128 * 1024 * 1024
/** Pages in a row that may bring no new tag. A registry may leave out tags that the user may not see. */
const IDLE_PAGES_MAX = 5
/** Characters of the cursor in a link. */
const CURSOR_MAX = 4096

/** Bytes of tags that are left for all repositories of a run. */
export interface TagBudget {
  bytes: number
}

export function createTagBudget(): TagBudget {
  return { bytes: 64 * 1024 * 1024 }
}

/**
 * All tags, each once, in the order of the registry, for {@link splitTags}. `isLast`: no other endpoint can have what this one
 * lacks.
 * @throws HttpFailure; DockLockError `unsupported` or `denied` if the registry does not list them
 */
export async function listTags(
  endpoint: Endpoint,
  fetch: Fetch,
  isLast: boolean,
  budget: TagBudget,
): Promise<readonly Buffer[]> {
  const { registry } = endpoint
  const distinct = createDistinct()
  const asked = new Set<string>()
  let bytes = 0
  let idle = 0
  for (let query: string | undefined = `n=${PAGE}`; query !== undefined && !asked.has(query); ) {
    asked.add(query)
    const fetched = await fetchPage(endpoint, fetch, query, BYTES_MAX - bytes)
    if (fetched === undefined) {
      if (asked.has('')) throw unlisted(`${registry} refuses a page of tags that it named itself`)
      // Without a number, the registry chooses one.
      query = ''
      continue
    }
    const { page, link } = fetched
    bytes += page.size
    const before = distinct.count
    distinct.add(page)
    if (distinct.count > TAGS_MAX || distinct.bytes > budget.bytes)
      throw unlisted(`${registry} lists more tags than dock-lock keeps`)
    idle = distinct.count === before ? idle + 1 : 0
    query = idle > IDLE_PAGES_MAX ? undefined : nextQuery(link)
  }
  // A cache may know no tags.
  if (distinct.count === 0 && !isLast) throw unlisted(`${registry} lists no tags`)
  budget.bytes -= distinct.bytes
  return distinct.lists
}

interface Distinct {
  readonly count: number
  readonly bytes: number
  readonly lists: readonly Buffer[]
  add(page: TagPage): void
}

/** Collects pages. If each begins after the end of the one before it, no tag of one is in another. Otherwise a set is needed. */
function createDistinct(): Distinct {
  const lists: Buffer[] = []
  let known: Set<string> | undefined
  let last = ''
  let count = 0
  let bytes = 0
  const append = (tags: Buffer, number: number): void => {
    if (number === 0) return
    lists.push(tags)
    count += number
    bytes += tags.length
    last = tags.toString('latin1', tags.subarray(0, -1).lastIndexOf(END) + 1, tags.length - 1)
  }
  return {
    lists,
    get count() {
      return count
    },
    get bytes() {
      return bytes
    },
    add(page) {
      const { tags } = page
      if (page.count === 0) return
      const first = tags.toString('latin1', 0, tags.indexOf(END))
      if (known === undefined && first > last) return append(tags, page.count)
      known ??= new Set(splitTags(lists))
      const fresh: string[] = []
      for (const tag of splitTags([tags])) {
        if (known.has(tag)) continue
        known.add(tag)
        fresh.push(`${tag}\n`)
      }
      append(Buffer.from(fresh.join(''), 'latin1'), fresh.length)
    },
  }
}

/** Undefined if the registry refuses to send pages of that size. */
async function fetchPage(
  { registry }: Endpoint,
  fetch: Fetch,
  query: string,
  bytes: number,
): Promise<{ readonly page: TagPage; readonly link: string | undefined } | undefined> {
  // Each attempt starts a page of its own.
  const pages: TagPage[] = []
  const receive = (): TagPage['write'] => {
    const page = createTagPage(registry, { tags: TAGS_MAX, bytes })
    pages[0] = page
    return page.write
  }
  try {
    const { status, headers } = await fetch('GET', `tags/list?${query}`, 'application/json', receive)
    if (status !== 200) return undefined
    const [page] = pages
    if (page?.isComplete !== true) throw unlisted(`${registry} sent no list of tags`)
    return { page, link: headers.link }
  } catch (error) {
    if (error instanceof HttpFailure && error.kind === 'too-large') throw unlisted(error.message)
    throw error
  }
}

function unlisted(message: string): DockLockError {
  return new DockLockError('unsupported', message, { hint: NO_LIST })
}

/**
 * The query of the next page. The rest of the link is not used: it may name a host that only the registry's network knows, and
 * credentials must not go to another host.
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function nextQuery(link: string | undefined): string | undefined {
  if (link === undefined) return undefined
  for (const [, target = '', parameters = ''] of link.matchAll(/<([^<>]*)>([^<>]*)/g)) {
    if (!/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next\s*(?:[;,]|$))/i.test(parameters)) continue
    const url = URL.canParse(target, 'http://registry.invalid/')
      ? new URL(target, 'http://registry.invalid/')
      : undefined
    const query = url?.search.slice(1) ?? ''
    return query === '' || query.length > CURSOR_MAX ? undefined : query
  }
  return undefined
}
