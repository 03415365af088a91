import { defaultBuild } from '../../core/build.ts'
import type { Format } from '../format.ts'
import { extract } from './extract.ts'
import { wholeArgImages } from './whole-arg.ts'

/** `Dockerfile`, `Dockerfile.dev`, `Dockerfile-dev`, `Dockerfile_dev`, `Dockerfile3.11`, `dev.Dockerfile`, `dev-Dockerfile`. */
const NAME =
  /^(?:(?:dockerfile|containerfile)(?:[._-].+|\d+(?:[._-].+)?)?|.+[.-](?:dockerfile|containerfile))$/s

/**
 * Endings of files that are about Dockerfiles and are none. An ending that also names a kind of image (`Dockerfile.php`) is not in
 * here: the content of such a file decides.
 */
const ENDINGS: readonly string[] = [
  // Source code.
  'go ts tsx mts cts js jsx mjs cjs py pyi pyc ipynb rb rs java kt kts sh bash zsh ps1 bat cmd cc cpp hpp vim hcl rego sql',
  // Data, documents and images.
  'json jsonc json5 jsonl yml yaml toml ini cfg conf xml csv tsv properties lock log sum md mdx markdown rst adoc asciidoc txt',
  'html htm css scss sass less pdf svg png jpg jpeg gif ico webp gz tgz bz2 xz zst tar zip sha256 sha512 asc sig golden snap',
  // Syntax files of editors.
  'tmlanguage tmpreferences sublime-syntax nanorc',
  // What editors, merges and patches leave behind.
  'patch diff orig rej swp swo',
].flatMap(line => line.split(' '))
const TEMPLATES =
  'j2|jinja|jinja2|njk|tmpl|gotmpl|tpl|templates?|in|tt|erb|ejs|eex|mustache|hbs|handlebars|liquid'
/** The letters of "ignore" in any order: `.dockerignore` is often misspelled. */
const IGNORE_FILE = '(?:docker|git)?[ignore]{5,}'
const NOT_BUILT = new RegExp(`(?:\\.(?:${ENDINGS.join('|')})|[._-](?:${TEMPLATES}|${IGNORE_FILE}))$`, 's')

/** Dockerfiles, read as BuildKit reads them. */
export const dockerfile: Format = {
  id: 'dockerfile',
  matches(path: string): boolean {
    const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
    return NAME.test(name) && !NOT_BUILT.test(name)
  },
  builds: (_source, path, options) => [defaultBuild(path, options)],
  extract,
  wholeArgImages,
}
