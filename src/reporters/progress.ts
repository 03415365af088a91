import type { Progress, Pull } from '../context.ts'
import { printable } from '../core/error.ts'
import type { Terminal } from '../io/terminal.ts'
import { clean } from './clean.ts'
import { listed } from './worded.ts'

interface Pulling {
  readonly name: string
  readonly left: number
  readonly ok: boolean
  readonly layers: Map<string, Layer>
}

interface Layer {
  readonly status: string
  readonly current: number
  readonly total: number
}

/** A log that stays silent for so long looks as if the run hangs. */
const SIGN_OF_LIFE_MS = 30_000

/** Calls `tick` again and again until the returned function is called. */
type Repeat = (tick: () => void, milliseconds: number) => () => void

const repeatedly: Repeat = (tick, milliseconds) => {
  const timer = setInterval(tick, milliseconds).unref()
  return () => clearInterval(timer)
}

/**
 * Progress on stderr. On a terminal, a few lines are redrawn and erased at the end. Elsewhere, each pull is one line when it ends, and a
 * line every 30 seconds says what is still being pulled.
 */
export function createProgress(terminal: Terminal, repeat: Repeat = repeatedly): Progress {
  // `left`: the platforms for which the image is still being pulled.
  const pulls = new Map<string, Pulling>()
  let stop: (() => void) | undefined
  let resolving = { done: 0, total: 0 }
  let drawn = 0
  let last = 0

  const erase = () => {
    if (drawn > 0) terminal.writeErr(`\u001b[${drawn}A\u001b[J`)
    drawn = 0
  }
  const rest = () => {
    stop?.()
    stop = undefined
  }
  const draw = (force: boolean) => {
    if (!terminal.live || (!force && performance.now() - last < 80)) return
    last = performance.now()
    const lines: string[] = []
    if (resolving.total > 0) lines.push(`resolving ${resolving.done}/${resolving.total}`)
    const room = Math.max(1, terminal.errHeight - 2)
    const needed = [...pulls.values()].reduce((sum, { layers }) => sum + 1 + layers.size, lines.length)
    const names = Math.max(0, ...[...pulls.values()].map(({ name }) => name.length))
    for (const { name, layers } of pulls.values()) {
      // If the layers do not fit, each image gets one line.
      if (needed > room) lines.push(`pulling ${name.padEnd(names)}  ${amount(total(layers))}`.trimEnd())
      else {
        lines.push(`pulling ${name}`)
        for (const [id, layer] of layers)
          lines.push(`  ${id.padEnd(12)}  ${layer.status.padEnd(18)} ${amount(layer)}`.trimEnd())
      }
    }
    const shown =
      lines.length > room ? [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`] : lines
    erase()
    const cut = (line: string) => [...printable(line)].slice(0, terminal.errWidth - 1).join('')
    terminal.writeErr(shown.map(line => `${cut(line)}\n`).join(''))
    drawn = shown.length
  }
  return {
    resolving(total) {
      resolving = { done: 0, total }
      draw(true)
    },
    resolved() {
      resolving = { ...resolving, done: resolving.done + 1 }
      draw(false)
    },
    pulling(pull) {
      const { left = 0, ok = true, layers = new Map() } = pulls.get(idOf(pull)) ?? {}
      pulls.set(idOf(pull), { name: pull.image + into(pull), left: left + 1, ok, layers })
      if (terminal.live) draw(true)
      else stop ??= repeat(() => terminal.writeErr(`${stillPulling([...pulls.values()])}\n`), SIGN_OF_LIFE_MS)
    },
    layer({ key, layer, status, current, total }, store) {
      const pull = pulls.get(idOf({ key, ...(store !== undefined && { store }) }))
      const old = pull?.layers.get(layer)
      pull?.layers.set(layer, {
        status,
        current: current ?? old?.current ?? 0,
        total: total ?? old?.total ?? 0,
      })
      draw(false)
    },
    pulled(one, ok) {
      const pull = pulls.get(idOf(one)) ?? {
        name: one.image + into(one),
        left: 1,
        ok: true,
        layers: new Map(),
      }
      const now = { ...pull, left: pull.left - 1, ok: pull.ok && ok }
      if (now.left > 0) pulls.set(idOf(one), now)
      else pulls.delete(idOf(one))
      if (terminal.live) draw(true)
      else if (now.left <= 0)
        terminal.writeErr(`${now.ok ? 'pulled' : 'could not pull'} ${clean(now.name)}\n`)
      if (pulls.size === 0) rest()
    },
    end() {
      if (terminal.live) erase()
      rest()
      resolving = { done: 0, total: 0 }
      pulls.clear()
    },
  }
}

/** `still pulling alpine:3.23 (12.0 MB of 40.1 MB), busybox:1.37` */
function stillPulling(pulls: readonly Pulling[]): string {
  const words = pulls.map(({ name, layers }) => {
    const { current, total: size } = total(layers)
    const share = size === 0 ? '' : ` (${bytes(current)} of ${bytes(size)})`
    return `${clean(name)}${share}`
  })
  return `still pulling ${listed(words)}`
}

/** The same image may be pulled into several stores. */
function idOf({ key, store = '' }: Pick<Pull, 'key' | 'store'>): string {
  return `${key} ${store}`
}

function into({ store }: Pull): string {
  return store === undefined ? '' : ` into ${store}`
}

function total(layers: ReadonlyMap<string, Layer>): Layer {
  const all = [...layers.values()]
  const sum = (of: (layer: Layer) => number) => all.reduce((bytes, layer) => bytes + of(layer), 0)
  return { status: '', current: sum(({ current }) => current), total: sum(layer => layer.total) }
}

function amount({ current, total }: Layer): string {
  if (total === 0) return current === 0 ? '' : bytes(current)
  const width = 20
  const filled = Math.min(width, Math.round((current / total) * width))
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${bytes(current)} of ${bytes(total)}`
}

function bytes(count: number): string {
  if (count < 1000) return `${count} B`
  return count < 1e6 ? `${(count / 1e3).toFixed(0)} kB` : `${(count / 1e6).toFixed(1)} MB`
}
