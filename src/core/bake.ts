/** What runs `docker buildx bake --print`, the tool that will build the file. The real one is in io/. */
export type BakeEvaluate = (request: BakeRequest) => Promise<BakeAnswer>

export interface BakeRequest {
  /** Arguments of `docker buildx bake`, without the files. */
  readonly args: readonly string[]
  /** The Bake files, in the order in which buildx merges them. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  /** The variables that the files declare. buildx may see no others of the environment. */
  readonly variables: readonly string[]
}

export type BakeAnswer =
  | { readonly kind: 'printed'; readonly text: string }
  /** Docker or buildx is not there. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * Prints every target. `--print` also opens what targets name: it truncates the file of an output, and reads keys and secrets. So all of
 * these are set to nothing.
 */
export const PRINT_ARGS: readonly string[] = [
  '--print',
  ...['output', 'secrets', 'ssh', 'cache-from', 'cache-to'].flatMap(field => ['--set', `*.${field}=`]),
  '*',
]
