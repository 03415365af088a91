const ALGORITHM = /^(?:sha\d+|md5|blake\w+)(?:[+._-]\w+)*:/i

/**
 * `text` from a file without user names and passwords before `@`. References have neither, and the text may be a password. A digest
 * and a possible tag are kept.
 */
export function withoutUserinfo(text: string): string {
  // A pattern that looks for the @ takes quadratic time in a long word without one.
  return text.replace(/\S+/g, word => {
    if (!word.includes('@')) return word
    const [before = ''] = /^(?:--?[\w-]+=|[A-Za-z_]\w*=)?["']?/.exec(word) ?? []
    const rest = word.slice(before.length)
    const digest = /@[a-z\d]+(?:[+._-][a-z\d]+)*:[\da-fA-F]{32,}["']?$/.exec(rest)
    const name = rest.slice(0, digest?.index)
    const at = name.lastIndexOf('@')
    if (at < 0) return word
    const [user, host] = [name.slice(0, at), name.slice(at + 1)]
    if (!user.includes('@') && ALGORITHM.test(host)) return word
    if (!user.includes(':') && !/[./:]/.test(host)) return word
    return `${before}***@${rest.slice(at + 1)}`
  })
}
