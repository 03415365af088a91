/**
 * Small repositories, each of a kind that is common, one text file each:
 *
 *     What kind it is, in words.
 *     dead alpine:2              a tag that the registry does not have; it knows every other
 *     denied team/web:1          as Docker Hub answers for a repository that it does not have
 *     local team/web:1           a tag that the engine has on an image that it built
 *     build-arg V=1
 *     git                        it is a git repository; the others are plain folders
 *     submodule lib              a folder that is a submodule, with the files below it
 *     -- Dockerfile --           a file, up to the next line of this kind
 *     FROM alpine:3
 *     -- expected --             what the commands make of it; see corpus.test.ts
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface Repository {
  readonly name: string
  readonly path: URL
  readonly text: string
  readonly files: Readonly<Record<string, string>>
  readonly dead: readonly string[]
  readonly denied: readonly string[]
  readonly local: readonly string[]
  readonly git: boolean
  readonly submodules: readonly string[]
  readonly buildArgs: Readonly<Record<string, readonly string[]>>
  readonly expected: string
}

const folder = new URL('./repositories/', import.meta.url)
const EXPECTED = 'expected'

export function readRepositories(): readonly Repository[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.txt'))
    .sort()
    .map(file => parse(file.slice(0, -'.txt'.length), new URL(file, folder)))
}

function parse(name: string, path: URL): Repository {
  const text = readFileSync(path, 'utf8')
  const [head = '', ...parts] = text.split(/^-- (.+) --\n/m)
  const files: Record<string, string> = {}
  for (let index = 0; index < parts.length; index += 2) files[parts[index] ?? ''] = parts[index + 1] ?? ''
  const { [EXPECTED]: expected = '', ...rest } = files
  const all = (word: string) =>
    head.split('\n').flatMap(line => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []))
  const buildArgs: Record<string, string[]> = {}
  for (const arg of all('build-arg')) {
    const [key = '', value = ''] = arg.split('=')
    buildArgs[key] = [...(buildArgs[key] ?? []), value]
  }
  return {
    name,
    path,
    text,
    files: rest,
    dead: all('dead'),
    denied: all('denied'),
    local: all('local'),
    git: head.split('\n').includes('git'),
    submodules: all('submodule'),
    buildArgs,
    expected,
  }
}

/** The text of the file with other expectations. */
export function withExpected({ text }: Repository, expected: string): string {
  return text.replace(/^-- expected --\n[\s\S]*$|$(?![\s\S])/m, () => `-- ${EXPECTED} --\n${expected}`)
}
