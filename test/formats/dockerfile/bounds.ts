/** The process of bounds.test.ts: reads one hostile file after the other, and prints a line of JSON on each. */
import * as assert from 'uvu/assert'
import type { Digest } from '../../../src/core/digest.ts'
import { dockerfile } from '../../support/extract.ts'
import { type Extract, lockFiles, unpinFiles } from '../../support/lock.ts'

const repeat = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('')
const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}`)
const megabytes = 10 << 20

const sources: Readonly<Record<string, () => string>> = {
  'a line of 10 MB': () => `FROM a\nRUN ${'x'.repeat(megabytes)}\n`,
  'a name of 10 MB in short lines': () => `FROM a\nFROM ${`${'x'.repeat(98)}\\\n`.repeat(megabytes / 100)}\n`,
  'a RUN of 10 MB in short lines': () =>
    `FROM a\nRUN ${`${'x'.repeat(98)}\\\n`.repeat(megabytes / 100)}true\nFROM b\n`,
  'a heredoc of 10 MB': () => `FROM a\nRUN <<E\n${'FROM x\n'.repeat(megabytes / 7)}E\n`,
  '10 MB of NUL': () => `FROM a\n${`${'\0'.repeat(99)}\n`.repeat(megabytes / 100)}`,
  '10 MB of lone surrogates': () => `FROM ${'\ud800'.repeat(megabytes)}\n`,
  '10 MB of line feeds': () => `FROM a\n${'\n'.repeat(megabytes)}`,
  '100,000 stages of one image': () => repeat(1e5, index => `FROM a AS s${index}\n`),
  '50,000 stages, each of the one before': () =>
    `FROM a AS s0\n${repeat(5e4, index => `FROM s${index} AS s${index + 1}\n`)}`,
  '50,000 stages with one name': () => repeat(5e4, () => 'FROM a AS b\n'),
  '50,000 stages that copy from each other': () =>
    `FROM a AS s0\n${repeat(5e4, index => `FROM scratch AS s${index + 1}\nCOPY --from=s${index} / /\n`)}`,
  '100,000 mounts': () =>
    `FROM a\n${repeat(25_000, index => `RUN ${repeat(4, mount => `--mount=from=m${index}-${mount},target=/${mount} `)}true\n`)}`,
  '100,000 faults': () => `FROM a\n${repeat(1e5, index => `F${index} x\n`)}`,
  '10,000 ARGs, each of the one before': () =>
    `ARG A0=a\n${repeat(1e4, index => `ARG A${index + 1}=$A${index}\n`)}FROM $A10000\n`,
  '10,000 ARGs, each twice the one before': () =>
    `ARG A0=a\n${repeat(1e4, index => `ARG A${index + 1}=$A${index}$A${index}\n`)}FROM $A10000\n`,
  '10,000 ARGs, each of ten others': () =>
    `${repeat(
      1e4,
      index =>
        `ARG A${index}=${numbers(10)
          .map(number => `\${A${(index * 7 + Number(number)) % 1e4}:-x}`)
          .join('')
          .slice(0, 400)}\nARG A${index}=x\n`,
    )}FROM a:$A9999\n`,
  'expansions nested 10,000 deep': () => `FROM ${'${A:-'.repeat(10_000)}x${'}'.repeat(10_000)}\n`,
  'quotes without end': () => `FROM "${'\\"'.repeat(30_000)}\n`,
  'a mount of 30,000 fields': () => `FROM a\nRUN --mount=${'a,'.repeat(30_000)}from=b true\n`,
  '2,000 combinations of build args for 100 stages': () =>
    `ARG A\nARG B\n${repeat(100, () => 'FROM a:$A-$B\n')}`,
  '20,000 places, half of them pinned, locked and unpinned': () =>
    repeat(1e4, () => `FROM a:1@${digest}\nFROM a:1\n`),
}

const digest = `sha256:${'0'.repeat(64)}` as Digest
const platforms = { buildPlatform: 'linux/amd64', targetPlatform: 'linux/amd64' }

for (const [name, make] of Object.entries(sources)) {
  const buildArgs = name.includes('build args') ? { A: numbers(1000), B: numbers(2) } : {}
  const extract: Extract = (file, text) => dockerfile.extract(text, file, { buildArgs, ...platforms })
  const source = make()
  const occurrences = extract('Dockerfile', source)
  const fault = occurrences.find(({ kind }) => kind === 'invalid' || kind === 'variable')
  const images = occurrences.filter(({ kind }) => kind === 'image').length
  if (name.includes('unpinned')) {
    const files = { Dockerfile: source }
    const locked = lockFiles(files, new Map(), extract, () => ({ digest }))
    assert.equal(locked && unpinFiles(locked, extract), files)
  }
  const reason = fault !== undefined && 'reason' in fault ? fault.reason.slice(0, 200) : undefined
  process.stdout.write(`${JSON.stringify({ name, images, fault: reason })}\n`)
}
