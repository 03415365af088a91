import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm } from '../../support/npm.ts'
import { e2eDirectory } from './machine.ts'

/** Each supported line of Node, from its oldest release where that is the limit. */
export const nodeVersions = ['20.18.1', '22.9.0', '24', '26'] as const

/** The path of that Node. It is installed once, from npm: the package holds the program itself. */
export async function nodeProgram(version: (typeof nodeVersions)[number]): Promise<string> {
  const name = `node-${process.platform}-${process.arch}`
  const folder = join(e2eDirectory(), `node-${version}`)
  const program = join(folder, 'node_modules', name, 'bin/node')
  if (existsSync(program)) return program
  const partial = `${folder}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  writeFileSync(join(partial, 'package.json'), '{"private":true}\n')
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`]
  const installed = await npm(partial, args)
  if (installed.code !== 0) throw new Error(`Node ${version} could not be installed:\n${installed.stderr}`)
  rmSync(folder, { recursive: true, force: true })
  renameSync(partial, folder)
  return program
}
