/**
 * Each secret that a test plants, be it of a registry, a helper, a proxy or an engine, has this in it, and whatever a program or an error
 * of the suite says is looked through for it. (`cli/secrets.test.ts` looks for its own, in more places.)
 */
const MARK = 'pl4nted'

/** Within base64, six bits a character, as far as what stands before and behind it leaves alone. */
const ENCODED = ['', 'x', 'xx'].map(before =>
  Buffer.from(before + MARK)
    .toString('base64')
    .slice(Math.ceil((before.length * 8) / 6), Math.floor(((before.length + MARK.length) * 8) / 6)),
)

/** @throws Error when `text` tells one of them */
export function mustTellNoSecret(text: string): void {
  // URLs have their hosts in lower case.
  if (text.toLowerCase().includes(MARK) || ENCODED.some(form => text.includes(form)))
    throw new Error(`a planted secret was told:\n${text}`)
}
