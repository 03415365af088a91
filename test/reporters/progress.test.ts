import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Terminal } from '../../src/io/terminal.ts'
import { createProgress } from '../../src/reporters/progress.ts'
import { hostileText } from '../support/generate.ts'
import { forAll, type Random } from '../support/random.ts'

const test = suite('reporters/progress')

/** A terminal that keeps what it is sent, and a screen as a person would see it. */
function screen(size: Partial<Terminal> = {}, repeat?: Parameters<typeof createProgress>[1]) {
  const lines: string[] = ['']
  const written: string[] = []
  const terminal: Terminal = {
    color: false,
    width: 80,
    wraps: true,
    live: true,
    errWidth: 60,
    errHeight: 10,
    ...size,
    writeErr(text) {
      written.push(text)
      let rest = text
      // What progress may send: line feeds, and "up by so many lines, and clear from there".
      while (rest !== '') {
        const up = /^\u001b\[(\d+)A\u001b\[J/.exec(rest)
        if (up !== null) {
          lines.splice(lines.length - 1 - Number(up[1]))
          lines.push('')
          rest = rest.slice(up[0].length)
        } else if (rest.startsWith('\n')) {
          lines.push('')
          rest = rest.slice(1)
        } else {
          lines.push(`${lines.pop()}${rest[0]}`)
          rest = rest.slice(1)
        }
      }
    },
  }
  return { progress: createProgress(terminal, repeat), lines, written, text: () => lines.join('\n') }
}

const key = 'docker.io/library/alpine:3.23'
const layer = { key, layer: 'abc', status: 'Downloading', current: 500, total: 1000 }

test('on a terminal, what goes on is drawn, and nothing of it stays', () => {
  const { progress, text } = screen({ errWidth: 100 })
  progress.resolving(3)
  assert.is(text(), 'resolving 0/3\n')
  progress.end()
  assert.is(text(), '')
  progress.pulling({ image: 'alpine:3.23', key }, 'linux/amd64')
  assert.is(text(), 'pulling alpine:3.23\n')
  progress.layer(layer)
  progress.pulling({ image: 'busybox:1', key: 'docker.io/library/busybox:1' }, 'linux/amd64')
  assert.match(
    text(),
    /^pulling alpine:3\.23\n {2}abc +Downloading +█{10}░{10} 500 B of 1 kB\npulling busybox:1\n$/,
  )
  progress.pulled({ image: 'alpine:3.23', key }, true)
  assert.is(text(), 'pulling busybox:1\n')
  progress.end()
  assert.is(text(), '')
})

test('elsewhere there is one line for each image, when its pull ends', () => {
  const { progress, written } = screen({ live: false })
  progress.resolving(3)
  progress.resolved('alpine:3.23')
  progress.pulling({ image: 'alpine:3.23', key }, 'linux/amd64')
  progress.layer(layer)
  progress.pulled({ image: 'alpine:3.23', key }, true)
  progress.pulled({ image: 'busybox:1', key: 'b', store: 'build-2' }, false)
  progress.end()
  assert.equal(written, ['pulled alpine:3.23\n', 'could not pull busybox:1 into build-2\n'])
})

test('elsewhere, an image is one line for all its platforms, and has failed if one of them has', () => {
  const { progress, written } = screen({ live: false })
  for (const platform of ['linux/amd64', 'linux/arm64'])
    progress.pulling({ image: 'alpine:3.23', key }, platform)
  progress.pulled({ image: 'alpine:3.23', key }, false)
  assert.equal(written, [])
  progress.pulled({ image: 'alpine:3.23', key }, true)
  assert.equal(written, ['could not pull alpine:3.23\n'])
})

test('elsewhere, a sign of life says what is still being pulled, until nothing is', () => {
  const timers = new Set<() => void>()
  const { progress, written } = screen({ live: false }, (tick, milliseconds) => {
    assert.is(milliseconds, 30_000)
    timers.add(tick)
    return () => timers.delete(tick)
  })
  const tick = () => {
    for (const one of timers) one()
  }
  progress.resolving(2)
  assert.is(timers.size, 0)
  progress.pulling({ image: 'alpine:3.23', key }, 'linux/amd64')
  progress.pulling({ image: 'busybox:1', key: 'b' }, 'linux/amd64')
  progress.layer(layer)
  tick()
  progress.pulled({ image: 'alpine:3.23', key }, true)
  tick()
  progress.pulled({ image: 'busybox:1', key: 'b' }, true)
  assert.is(timers.size, 0)
  assert.equal(written, [
    'still pulling alpine:3.23 (500 B of 1 kB), busybox:1\n',
    'pulled alpine:3.23\n',
    'still pulling busybox:1\n',
    'pulled busybox:1\n',
  ])
  progress.pulling({ image: 'alpine:3.23', key }, 'linux/amd64')
  progress.end()
  assert.is(timers.size, 0)
})

test('two platforms of one image are both seen to their end', () => {
  const { progress, text } = screen()
  progress.pulling({ image: 'alpine:3.23', key }, 'linux/amd64')
  progress.pulling({ image: 'alpine:3.23', key }, 'linux/arm64')
  progress.pulled({ image: 'alpine:3.23', key }, true)
  assert.match(text(), /pulling alpine:3\.23/)
  progress.pulled({ image: 'alpine:3.23', key }, true)
  assert.is(text(), '')
})

test('one image on its way into two stores is two pulls, and without room for layers each is a line', () => {
  const { progress, text } = screen({ errHeight: 5, errWidth: 100 })
  for (const store of ['build-1', 'build-2']) {
    progress.pulling({ image: 'alpine:3.23', key, store }, 'linux/amd64')
    for (const layer of ['abc', 'def'])
      progress.layer({ key, layer, status: 'Downloading', current: 250, total: 1000 }, store)
  }
  progress.pulled({ image: 'other', key: 'o', store: 'build-1' }, true)
  assert.match(
    text(),
    /^pulling alpine:3\.23 into build-1 {2}█{5}░{15} 500 B of 2 kB\npulling alpine:3\.23 into build-2 {2}█{5}░{15} 500 B of 2 kB\n$/,
  )
  progress.pulled({ image: 'alpine:3.23', key, store: 'build-1' }, true)
  assert.match(text(), /^pulling alpine:3\.23 into build-2\n {2}abc/)
})

/** Anything that may be reported, in any order. */
function play(random: Random, progress: ReturnType<typeof createProgress>, name: () => string): void {
  const images = random.list(1, 4, name)
  const store = random.chance(0.5) ? name() : undefined
  const pullOf = (image: string) => ({ image, key: `key ${image}`, ...(store !== undefined && { store }) })
  for (let steps = random.int(1, 30); steps > 0; steps--) {
    const image = random.pick(images)
    random.pick<() => void>([
      () => progress.resolving(random.int(0, 9)),
      () => progress.resolved(image),
      () => progress.pulling(pullOf(image), name()),
      () =>
        progress.layer(
          {
            key: `key ${image}`,
            layer: name(),
            status: name(),
            ...(random.chance(0.7) && { current: random.int(0, 3e9) }),
            ...(random.chance(0.5) && { total: random.int(0, 3e9) }),
          },
          store,
        ),
      () => progress.pulled(pullOf(image), random.chance(0.5)),
      () => progress.end(),
    ])()
  }
  progress.end()
}

test('whatever happens, it fits the terminal, and the end leaves nothing', () => {
  forAll(300, random => {
    const size = { errWidth: random.int(1, 60), errHeight: random.int(1, 12) }
    const { progress, lines, written, text } = screen(size)
    play(random, progress, () =>
      random.pick(['alpine:3.23', 'ghcr.io/a/very/long/name/indeed:1', 'b', '🐳漢']),
    )
    for (const frame of written) {
      const drawn = frame.split('\n').slice(0, -1)
      assert.ok(drawn.length < Math.max(2, size.errHeight), JSON.stringify([size, frame]))
      for (const line of drawn)
        assert.ok([...line].length < Math.max(2, size.errWidth), JSON.stringify([size, line]))
    }
    assert.equal([text(), lines.length], ['', 1])
  })
})

test('whatever it is told, it sends no control characters of others', () => {
  forAll(500, random => {
    const { progress, written } = screen({ live: random.chance(0.5), errWidth: 200, errHeight: 50 })
    play(random, progress, () => hostileText(random))
    const sent = written.join('').replace(/\u001b\[\d+A\u001b\[J|\n/g, '')
    assert.not.match(sent, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
  })
})

test.run()
