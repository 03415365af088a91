import type { Notice } from './notice.ts'

/** One notice for all places that keep their tag, or are decided at build time, for the same reason. */
export function mergeNotices(notices: readonly Notice[]): readonly Notice[] {
  const groups = new Map<string, Notice[]>()
  for (const notice of notices) {
    const id = idOf(notice)
    const group = groups.get(id)
    if (group === undefined) groups.set(id, [notice])
    else group.push(notice)
  }
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [merge(first, others)],
  )
}

/** What the notices of a group have several of. */
const LISTS = ['places', 'texts', 'images', 'origins', 'replacedBy'] as const
type Lists = Partial<Record<(typeof LISTS)[number], readonly unknown[]>>

function merge(first: Notice, others: readonly Notice[]): Notice {
  const lists = first as Lists
  const joined = LISTS.flatMap(name =>
    lists[name] === undefined
      ? []
      : [[name, distinct([first, ...others].flatMap(one => (one as Lists)[name] ?? []))]],
  )
  return { ...first, ...Object.fromEntries(joined) }
}

/** The properties that notices of one group share. Those that are reported alone have all of them. */
function idOf(notice: Notice): string {
  switch (notice.code) {
    case 'by-tag':
      return JSON.stringify([
        notice.code,
        notice.reason,
        notice.names,
        notice.arg === undefined,
        notice.origins === undefined,
      ])
    case 'outside':
      return JSON.stringify([
        notice.code,
        notice.names,
        notice.images.length > 0,
        notice.areVariables,
        notice.replacedBy !== undefined && notice.images,
      ])
    case 'local':
    case 'moved':
      return JSON.stringify([notice.code, notice.key])
    case 'unconfirmed':
      return JSON.stringify([notice.code, notice.cause, notice.message, notice.hint])
    case 'ahead':
      return notice.code
    case 'held-back':
    case 'unchanged':
    case 'tags-not-listed':
    case 'not-updated':
    case 'merged':
    case 'ignored':
    case 'untagged':
    case 'tag-elsewhere':
    case 'cache-only':
    case 'wrong-platform':
    case 'incomplete':
    case 'unlabelled':
    case 'absent':
    case 'unknown':
    case 'registry-contacted':
      return JSON.stringify(notice)
  }
}

function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Map(values.map(value => [JSON.stringify(value), value])).values()]
}
