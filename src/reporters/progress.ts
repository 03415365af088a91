import type { Progress, Pull } from '../context.ts'
import { printable } from '../core/error.ts'
import type { Terminal } from '../io/terminal.ts'
import { clean } from './clean.ts'

interface Layer {
  readonly status: string
  readonly current: number
  readonly total: number
}

/** Progress on stderr. On a terminal, a few lines are redrawn and erased at the end. Elsewhere, plain lines are printed. */
export function createProgress(terminal: Terminal): Progress {
  // `left`: the platforms for which the image is still being pulled.
  const pulls = new Map<string, { name: string; left: number; layers: Map<string, Layer> }>()
  let resolving = { done: 0, total: 0 }
  let drawn = 0
  let last = 0

  const erase = () => {
    if (drawn > 0) terminal.writeErr(`\u001b[${drawn}A\u001b[J`)
    drawn = 0
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
    pulling(pull, platform) {
      const { left = 0, layers = new Map() } = pulls.get(idOf(pull)) ?? {}
      pulls.set(idOf(pull), { name: pull.image + into(pull), left: left + 1, layers })
      if (terminal.live) draw(true)
      else terminal.writeErr(`pulling ${clean(pull.image)} for ${clean(platform)}${clean(into(pull))}\n`)
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
      const pull = pulls.get(idOf(one))
      if (pull !== undefined && --pull.left === 0) pulls.delete(idOf(one))
      if (terminal.live) draw(true)
      else terminal.writeErr(`${ok ? 'pulled' : 'could not pull'} ${clean(one.image + into(one))}\n`)
    },
    end() {
      if (terminal.live) erase()
      resolving = { done: 0, total: 0 }
      pulls.clear()
    },
  }
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
