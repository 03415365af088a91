import type { Draw } from './draw.ts'

/** The first lines: parser directives, and what looks like them. */
export function directives(draw: Draw): {
  readonly head: readonly string[]
  readonly escapeToken: '\\' | '`'
} {
  const head: string[] = []
  if (draw.chance(0.05)) head.push(draw.one(['#!/usr/bin/env docker', '#!', '#! # syntax=no/no:1']))
  const token = draw.chance(0.15) ? '`' : draw.chance(0.1) ? '\\' : undefined
  const block: string[] = []
  if (token !== undefined) block.push(written(draw, 'escape', token))
  if (draw.chance(0.1)) block.push(written(draw, 'check', 'skip=all'))
  if (draw.chance(0.08)) block.push(written(draw, 'syntax', frontend(draw)))
  if (draw.chance(0.5)) block.reverse()
  if (draw.nasty()) block.push(block[0] ?? '# escape=x')
  head.push(...block)
  // After any other line nothing is a directive.
  if (draw.chance(0.15)) head.push(...draw.one(AFTER))
  return { head, escapeToken: token ?? '\\' }
}

const AFTER = [
  ['# just a comment', '# syntax=no/no:2', '# escape=`'],
  ['', '# syntax=no/no:3'],
  ['# other=x', '#syntax=no/no:4'],
  ['# syntax no/no:5', '# escape=`'],
  ['# a syntax=no/no:6'],
]

function written(draw: Draw, key: string, value: string): string {
  const name = draw.one([key, key, key.toUpperCase(), `${key[0]?.toUpperCase()}${key.slice(1)}`])
  const comment = draw.one(['# ', '#', '#  ', '#\t'])
  return `${comment}${name}${draw.one(['=', ' = ', '= ', '\t='])}${value}${draw.one(['', '', ' ', '\t'])}`
}

function frontend(draw: Draw): string {
  const name = draw.one([
    'docker/dockerfile',
    'docker/dockerfile:1',
    'docker.io/docker/dockerfile:1.7-labs',
    `${draw.host}/front`,
  ])
  return `${name}${draw.chance(0.2) ? `@${draw.digest()}` : ''}${draw.chance(0.1) ? ' --option x' : ''}`
}
