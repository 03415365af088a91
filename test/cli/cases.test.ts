/**
 * Plays every transcript in cases/. With UPDATE_CASES=1 what the commands print is written into the files instead, for a person to
 * read in the diff.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLimiter } from '../../src/lib/limit.ts'
import { play } from './support/stage.ts'
import { parseTranscript, rewrite } from './support/transcript.ts'

const folder = fileURLToPath(new URL('cases/', import.meta.url))
const only = process.env.ONLY_CASE ?? ''
const files = readdirSync(folder)
  .filter(file => file.endsWith('.md') && file.includes(only))
  .sort()

const cases = suite('cases')

// Several at a time: most of a case is waiting for processes to start.
const turn = createLimiter(3)
const playing = new Map<string, ReturnType<typeof play>>()
function playAll(): void {
  for (const file of files) {
    const played = turn(() => play(readFileSync(folder + file, 'utf8')))
    played.catch(() => {})
    playing.set(file, played)
  }
}

for (const file of files) {
  cases(file.replace(/\.md$/, ''), async () => {
    const text = readFileSync(folder + file, 'utf8')
    assert.ok(parseTranscript(text).length > 0, 'no command in it')
    if (playing.size === 0) playAll()
    const actual = rewrite(text, (await playing.get(file)) ?? [])
    if (process.env.UPDATE_CASES) writeFileSync(folder + file, actual)
    else assert.fixture(actual, text)
  })
}

cases.run()
