/**
 * Writes what Renovate chooses into the tables of test/core/tags, in the column `renovate`. Renovate is no dependency; install it
 * somewhere else and give its folder:
 *
 *     npm install --prefix /tmp/renovate --ignore-scripts renovate@39.264.1
 *     node --import tsx test/tools/renovate-tags.ts /tmp/renovate/node_modules/renovate
 *
 * A choice is made as in Renovate's lookup with its default settings and `docker` versioning: its own filter of versions, then
 * `isCompatible`, then the newest of each type of update.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { readTagTables } from '../support/tag-tables.ts'

/** The part of Renovate's versioning that its lookup uses for tags. */
interface Versioning {
  isValid(version: string): boolean
  isCompatible(version: string, current: string): boolean
  sortVersions(a: string, b: string): number
}
interface Release {
  readonly version: string
}

const [folder] = process.argv.slice(2)
if (folder === undefined) {
  console.error('Usage: node --import tsx test/tools/renovate-tags.ts FOLDER_OF_RENOVATE')
  process.exit(2)
}
const requireRenovate = createRequire(join(resolve(folder), 'package.json'))
const versioning: Versioning = requireRenovate('./dist/modules/versioning/docker/index.js').api
const lookup = './dist/workers/repository/process/lookup'
const { filterVersions } = requireRenovate(`${lookup}/filter.js`)
const { getUpdateType } = requireRenovate(`${lookup}/update-type.js`)

function choose(current: string, tags: readonly string[]): readonly string[] {
  if (!versioning.isValid(current)) return ['-', '-', '-']
  const releases = tags.map(version => ({ version }))
  const newer: readonly Release[] = filterVersions(
    { ignoreUnstable: true },
    current,
    null,
    releases,
    versioning,
  )
  const versions = newer
    .map(({ version }) => version)
    .filter(version => versioning.isCompatible(version, current))
    .sort((a, b) => versioning.sortVersions(a, b))
  const newest = (types: readonly string[]): string =>
    versions.findLast(version => types.includes(getUpdateType({}, versioning, current, version))) ?? '-'
  return [newest(['patch']), newest(['patch', 'minor']), newest(['patch', 'minor', 'major'])]
}

for (const { file, tags, rows } of readTagTables()) {
  const text = readFileSync(file, 'utf8')
  const lines = rows.map(({ current, patch, minor, major, why }) => {
    const ours = [patch, minor, major]
    const theirs = choose(current, tags).join(' ')
    return [current, ...ours, theirs === ours.join(' ') ? '=' : theirs, why].join('\t')
  })
  const head = text.slice(0, text.indexOf('\n', text.indexOf('\ncurrent\t') + 1))
  writeFileSync(file, `${[head, ...lines].join('\n')}\n`)
}
