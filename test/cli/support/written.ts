/** Twenty Dockerfiles and their lockfile, each with two texts: as it was, and as it is written. */
export const WRITTEN: readonly string[] = [
  'docker-images.lock',
  ...Array.from({ length: 20 }, (_, index) => (index < 5 ? `${index}.Dockerfile` : `d${index}/Dockerfile`)),
]

export function textsOf(file: string): readonly [string, string] {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}`
  if (file === 'docker-images.lock') {
    const text = (letter: string) =>
      `lockfileVersion: 1\nimages:\n  docker.io/library/alpine:3.20:\n    digest: ${digest(letter)}\n`
    return [text('a'), text('b')]
  }
  const rest = `# ${file}\n`.repeat(500)
  return [`FROM alpine:3.20\n${rest}`, `FROM alpine:3.20@${digest('b')}\n${rest}`]
}

export function otherText(file: string, text: string): string {
  const [one, other] = textsOf(file)
  return text === one ? other : one
}
