/** Hostile files in a process with little memory: each is read to its end, and what is wrong with it is said. */
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runProgram } from '../../support/spawn.ts'

const test = suite('dockerfile: bounds')

/** Name → how many images there are, and what the first fault is. */
const expected: Readonly<Record<string, readonly [images: number, fault: RegExp | undefined]>> = {
  'a line of 10 MB': [1, /greater than max allowed size/],
  'a name of 10 MB in short lines': [1, /too long/],
  'a RUN of 10 MB in short lines': [2, undefined],
  'a heredoc of 10 MB': [1, undefined],
  '10 MB of NUL': [1, /unknown instruction/],
  '10 MB of lone surrogates': [0, /greater than max allowed size/],
  '10 MB of line feeds': [1, undefined],
  '100,000 stages of one image': [100_000, undefined],
  '50,000 stages, each of the one before': [1, undefined],
  '50,000 stages with one name': [50_000, undefined],
  '50,000 stages that copy from each other': [1, undefined],
  '100,000 mounts': [100_001, undefined],
  '100,000 faults': [1, /unknown instruction/],
  '10,000 ARGs, each of the one before': [1, undefined],
  '10,000 ARGs, each twice the one before': [0, /expands to more than/],
  '10,000 ARGs, each of ten others': [1, undefined],
  'expansions nested 10,000 deep': [0, /nested more than/],
  'quotes without end': [0, /matching double-quote/],
  'a mount of 30,000 fields': [2, undefined],
  '2,000 combinations of build args for 100 stages': [100, /combinations/],
  '20,000 places, half of them pinned, locked and unpinned': [20_000, undefined],
}

test('hostile files take little memory, and end', async () => {
  const child = fileURLToPath(new URL('./bounds.ts', import.meta.url))
  const ran = await runProgram(process.execPath, ['--max-old-space-size=512', '--import', 'tsx', child], {
    timeoutMs: 300_000,
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  const results = ran.stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as Result)
  for (const { name, images, fault } of results) {
    const [count, reason] = expected[name] ?? assert.unreachable(`${name} is not expected`) ?? [0, undefined]
    assert.is(images, count, `${name}: ${fault}`)
    if (reason === undefined) assert.is(fault, undefined, name)
    else assert.match(fault ?? '', reason, name)
  }
  assert.equal(
    results.map(({ name }) => name),
    Object.keys(expected),
    `it ended with ${ran.code ?? ran.signal}: ${ran.stderr.slice(0, 1000)}`,
  )
})

interface Result {
  readonly name: string
  readonly images: number
  readonly fault?: string
}

test.run()
