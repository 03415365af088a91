/** What `init` changes in a project, by what it finds there. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEFAULT_OPTIONS } from '../../src/commands/command.ts'
import { initCommand as init } from '../../src/commands/init.ts'
import { createContext } from '../../src/context.ts'
import type { ChoiceGroup, Choose } from '../../src/core/choice.ts'
import { type Files, GIT_ENV, git, withFolder } from '../support/folder.ts'
import { runMain } from '../support/in-process.ts'

const test = suite('commands/init')

const CHECK = 'npx --no dock-lock check --staged'
const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
const scripts = (of: Readonly<Record<string, string>>, more = {}) => json({ ...more, scripts: of })
const build = (more = {}) => scripts({ build: 'docker build .' }, more)
const BEFORE = scripts({ build: 'docker build .', prebuild: 'dock-lock' })
const INSIDE = { build: 'dock-lock && docker build .' }

interface Case {
  readonly files: Files
  /** The files that change, with their new text. */
  readonly after: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** Where it is run, below the project. */
  readonly cwd?: string
  readonly found?: RegExp
}

const CASES: Readonly<Record<string, Case>> = {
  npm: {
    files: { 'package.json': build(), 'package-lock.json': '{}' },
    after: { 'package.json': BEFORE },
    found: /^found npm \(package-lock\.json\)$/m,
  },
  'npm, by its field': {
    files: { 'package.json': build({ packageManager: 'npm@11.1.0' }), 'yarn.lock': '' },
    after: {
      'package.json': scripts(
        { build: 'docker build .', prebuild: 'dock-lock' },
        { packageManager: 'npm@11.1.0' },
      ),
    },
    found: /^found npm 11 \(packageManager\)$/m,
  },
  'pnpm 10': {
    files: { 'package.json': build(), 'pnpm-lock.yaml': "lockfileVersion: '9.0'\n" },
    after: { 'package.json': BEFORE },
    found: /^found pnpm \(pnpm-lock\.yaml\)$/m,
  },
  'pnpm 8, which runs no prebuild': {
    files: { 'package.json': build(), 'pnpm-lock.yaml': "lockfileVersion: '6.0'\n" },
    after: { 'package.json': scripts(INSIDE) },
  },
  'pnpm with pre scripts off': {
    files: {
      'package.json': build(),
      'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
      'pnpm-workspace.yaml': 'enablePrePostScripts: false\n',
    },
    after: { 'package.json': scripts(INSIDE) },
  },
  'yarn 1': {
    files: { 'package.json': build(), 'yarn.lock': '# yarn lockfile v1\n' },
    after: { 'package.json': BEFORE },
    found: /^found yarn 1 \(yarn\.lock\)$/m,
  },
  'yarn 4, by its lockfile': {
    files: { 'package.json': build(), 'yarn.lock': '__metadata:\n  version: 8\n' },
    after: { 'package.json': scripts(INSIDE) },
    found: /^found yarn 2 or newer \(yarn\.lock\)$/m,
  },
  'yarn 4, by its field': {
    files: { 'package.json': build({ packageManager: 'yarn@4.1.0+sha224.0' }) },
    after: { 'package.json': scripts(INSIDE, { packageManager: 'yarn@4.1.0+sha224.0' }) },
    found: /^found yarn 4 \(packageManager\)$/m,
  },
  'yarn 4, after a change from yarn 1': {
    files: { 'package.json': BEFORE, '.yarnrc.yml': '', 'yarn.lock': '' },
    after: { 'package.json': scripts({ ...INSIDE, prebuild: 'dock-lock' }) },
  },
  bun: {
    files: { 'package.json': build(), 'bun.lock': '{}' },
    after: { 'package.json': BEFORE },
    found: /^found bun/m,
  },
  devEngines: {
    files: { 'package.json': build({ devEngines: { packageManager: { name: 'yarn', version: '^4' } } }) },
    after: {
      'package.json': scripts(INSIDE, { devEngines: { packageManager: { name: 'yarn', version: '^4' } } }),
    },
  },
  'an existing prebuild': {
    files: { 'package.json': scripts({ build: 'docker build .', prebuild: 'rimraf dist' }) },
    after: { 'package.json': scripts({ build: 'docker build .', prebuild: 'dock-lock && rimraf dist' }) },
  },
  'an existing prebuild that is a list': {
    files: { 'package.json': scripts({ build: 'docker build .', prebuild: 'a || b' }) },
    after: { 'package.json': scripts({ build: 'docker build .', prebuild: 'dock-lock && (a || b)' }) },
  },
  'a script that builds with another name': {
    files: { 'package.json': scripts({ build: 'tsc', 'docker:build': 'CI=1 docker buildx build .' }) },
    after: {
      'package.json': scripts({
        build: 'tsc',
        'docker:build': 'CI=1 docker buildx build .',
        'predocker:build': 'dock-lock',
      }),
    },
  },
  'a build that is no docker build, alone': {
    files: { 'package.json': scripts({ build: 'turbo build', 'build:all': 'x' }) },
    after: { 'package.json': scripts({ build: 'turbo build', 'build:all': 'x', prebuild: 'dock-lock' }) },
  },
  'a script by option': {
    files: { 'package.json': scripts({ build: 'docker build .', image: 'make image' }) },
    args: ['--script', 'image'],
    after: {
      'package.json': scripts({ build: 'docker build .', image: 'make image', preimage: 'dock-lock' }),
    },
  },
  'a docker build in prebuild': {
    files: { 'package.json': scripts({ build: 'x', prebuild: 'docker build base' }) },
    after: { 'package.json': scripts({ build: 'x', prebuild: 'dock-lock && docker build base' }) },
  },
  'a member of a workspace': {
    files: {
      'package.json': json({ workspaces: ['api'], devDependencies: { 'dock-lock': '*' } }),
      'api/package.json': build(),
      'package-lock.json': '{}',
    },
    cwd: 'api',
    after: { 'api/package.json': BEFORE },
  },
  'a member of a yarn 4 workspace, where only the top has dock-lock': {
    files: {
      'package.json': json({ workspaces: ['api'], devDependencies: { 'dock-lock': '*' } }),
      'api/package.json': build(),
      'yarn.lock': '__metadata:\n',
    },
    cwd: 'api',
    after: { 'api/package.json': scripts({ build: 'yarn run -T dock-lock && docker build .' }) },
  },
  'pre-commit': {
    files: { '.pre-commit-config.yaml': '# ours\nrepos:\n- repo: a # b\n  rev: v1\n  hooks:\n  - id: x\n' },
    after: {
      '.pre-commit-config.yaml':
        '# ours\nrepos:\n- repo: a # b\n  rev: v1\n  hooks:\n  - id: x\n- repo: local\n  hooks:\n    - id: dock-lock-check\n      name: dock-lock check\n      entry: dock-lock check --staged\n      language: system\n      pass_filenames: false\n      always_run: true\n',
    },
    found: /^found pre-commit \(\.pre-commit-config\.yaml\)$/m,
  },
  husky: {
    files: { 'package.json': json({}), '.husky/pre-commit': 'npm test\n' },
    after: { '.husky/pre-commit': `${CHECK} || exit 1\nnpm test\n` },
  },
  'husky 8': {
    files: {
      'package.json': json({}),
      '.husky/pre-commit': '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpx lint-staged\n',
    },
    after: {
      '.husky/pre-commit': `#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n${CHECK} || exit 1\n\nnpx lint-staged\n`,
    },
  },
  'husky without the hook, and lint-staged': {
    files: { 'package.json': json({ 'lint-staged': { '*': 'x' } }), '.husky/_/h': '' },
    after: { '.husky/pre-commit': `${CHECK}\n` },
    found: /husky, lint-staged$/m,
  },
  'lefthook with commands': {
    files: { 'lefthook.yml': 'pre-commit:\n  commands:\n    lint: # fast\n      run: x\n' },
    after: {
      'lefthook.yml':
        'pre-commit:\n  commands:\n    lint: # fast\n      run: x\n    dock-lock:\n      run: dock-lock check --staged\n',
    },
  },
  'lefthook with jobs': {
    files: { 'lefthook.yaml': 'pre-commit:\n  jobs:\n    - name: lint\n      run: x\n' },
    after: {
      'lefthook.yaml':
        'pre-commit:\n  jobs:\n    - name: lint\n      run: x\n    - name: dock-lock\n      run: dock-lock check --staged\n',
    },
  },
  'simple-git-hooks': {
    files: {
      'package.json': json({ 'simple-git-hooks': { 'pre-commit': 'npx lint-staged' }, 'lint-staged': {} }),
    },
    after: {
      'package.json': json({
        'simple-git-hooks': { 'pre-commit': `${CHECK} && npx lint-staged` },
        'lint-staged': {},
      }),
    },
  },
  'simple-git-hooks in a file': {
    files: { 'package.json': json({}), '.simple-git-hooks.json': '{}\n' },
    after: { '.simple-git-hooks.json': json({ 'pre-commit': CHECK }) },
  },
  'lint-staged alone': {
    files: { 'package.json': json({ 'lint-staged': { '*.ts': 'eslint' } }) },
    after: { 'package.json': json({ 'lint-staged': { '*.ts': 'eslint', '*': 'dock-lock check --staged' } }) },
  },
  'lint-staged with a task for all files': {
    files: { 'package.json': json({}), '.lintstagedrc.json': json({ '*': 'prettier' }) },
    after: { '.lintstagedrc.json': json({ '*': ['dock-lock check --staged', 'prettier'] }) },
  },
  'a script and a hook in one package.json': {
    files: { 'package.json': build({ 'simple-git-hooks': {} }) },
    after: {
      'package.json': scripts(
        { build: 'docker build .', prebuild: 'dock-lock' },
        { 'simple-git-hooks': { 'pre-commit': CHECK } },
      ),
    },
  },
  'a hook in the folder that has the lockfile': {
    files: { '.pre-commit-config.yaml': '', 'my api/docker-images.lock': 'lockfileVersion: 1\nimages: {}\n' },
    cwd: 'my api',
    args: ['pre-commit'],
    after: {
      '.pre-commit-config.yaml':
        'repos:\n  - repo: local\n    hooks:\n      - id: dock-lock-check\n        name: dock-lock check\n        entry: sh -c "(cd \'my api\' && dock-lock check --staged)"\n        language: system\n        pass_filenames: false\n        always_run: true\n',
    },
  },
  'the package manager runs the hook': {
    files: { 'package.json': json({}), 'pnpm-lock.yaml': '', '.husky/_/h': '' },
    after: { '.husky/pre-commit': 'pnpm exec dock-lock check --staged\n' },
  },
  'a workflow, with the actions as others name them': {
    files: {
      'package.json': json({}),
      'pnpm-lock.yaml': '',
      '.github/workflows/x.yml': 'jobs: {a: {steps: [\n{uses: actions/checkout@0123abc # v9\n}]}}\n',
    },
    args: ['github'],
    after: {
      '.github/workflows/dock-lock.yml':
        'name: dock-lock\non: [push, pull_request]\npermissions:\n  contents: read\njobs:\n  check:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@0123abc # v9\n      - uses: actions/setup-node@v4\n        with:\n          node-version: 24\n      - run: |\n          corepack enable\n          pnpm install --frozen-lockfile\n          pnpm exec dock-lock check\n',
    },
  },
  GitLab: {
    files: { 'package.json': json({}), '.gitlab-ci.yml': 'stages: [x]' },
    args: ['gitlab'],
    after: {
      '.gitlab-ci.yml':
        'stages: [x]\n\ndock-lock:\n  stage: .pre\n  image: node:24\n  script:\n    - npm ci\n    - npx --no dock-lock check\n',
    },
  },
}

for (const [name, { files, after, args = [], cwd = '', found }] of Object.entries(CASES)) {
  test(name, () =>
    withFolder(files, async root => {
      // Above a member, the repository ends the search.
      if (cwd !== '') git(root, 'init', '-q')
      const run = (...more: string[]) => runMain(root, ['init', '-C', join(root, cwd), ...args, ...more])
      const read = (file: string) => {
        try {
          return readFileSync(join(root, file), 'utf8')
        } catch {
          return undefined
        }
      }
      const names = [...new Set([...Object.keys(files), ...Object.keys(after)])]
      const asGiven = Object.fromEntries(names.map(file => [file, files[file]?.toString()]))
      const current = () => Object.fromEntries(names.map(file => [file, read(file)]))

      const dry = await run('--dry-run')
      assert.is(dry.code, 0, dry.stderr)
      assert.match(dry.stdout, /^\+/m)
      const asked = await run()
      assert.is(asked.code, 2)
      assert.match(asked.stderr, /no terminal to ask on\n.*--dry-run.*--yes/)
      assert.equal(current(), asGiven)

      const done = await run('--yes')
      assert.is(done.code, 0, done.stderr)
      assert.equal(current(), { ...asGiven, ...after })
      if (found !== undefined) assert.match(done.stdout, found)

      // There is nothing to ask about.
      const again = await run()
      assert.is(again.code, 0, again.stderr)
      assert.match(again.stdout, /^nothing to change/m)
      assert.equal(current(), { ...asGiven, ...after })
    }),
  )
}

test('a git hook of this clone is written only on request, and can be run', () =>
  withFolder({ 'package.json': '{}\n' }, async root => {
    git(root, 'init', '-q')
    const first = await runMain(root, ['init', '--yes'])
    assert.match(first.stdout, /^possible with dock-lock init git-hook: each commit is checked$/m)
    assert.is((await runMain(root, ['init', 'git-hook', '--yes'])).code, 0)
    const hook = join(root, '.git/hooks/pre-commit')
    assert.is(readFileSync(hook, 'utf8'), `#!/bin/sh\n${CHECK}\n`)
    assert.is(statSync(hook).mode & 0o111, 0o111)
  }))

test('a hook of the repository keeps what it does', () =>
  withFolder(
    { 'package.json': '{}\n', '.githooks/pre-commit': '#!/bin/sh\n# first\nmake test\n' },
    async root => {
      git(root, 'init', '-q')
      git(root, 'config', 'core.hooksPath', '.githooks')
      const ran = await runMain(root, ['init', '--yes'])
      assert.match(ran.stdout, 'found npm (package.json), a git hook (.githooks/pre-commit)')
      assert.is(
        readFileSync(join(root, '.githooks/pre-commit'), 'utf8'),
        `#!/bin/sh\n${CHECK} || exit 1\n# first\nmake test\n`,
      )
    },
  ))

/** Files that are left to the person, and what is said of them. */
const BY_HAND: readonly (readonly [files: Files, words: RegExp])[] = [
  [
    { 'package.json': '{}\n' },
    /→ package\.json has no script that builds images; to name one, run: dock-lock init --script NAME/,
  ],
  [{ 'package.json': '{}\n' }, /→ to install dock-lock, run: npm install --save-dev dock-lock$/m],
  [{ 'package.json': '{}\n', 'yarn.lock': '__metadata:\n' }, /run: yarn add --dev dock-lock$/m],
  [{ 'lefthook.toml': '' }, /→ add to pre-commit in lefthook\.toml: dock-lock check --staged$/m],
  [
    { 'package.json': '{}\n', '.simple-git-hooks.cjs': '' },
    /→ add to "pre-commit" in \.simple-git-hooks\.cjs: npx --no dock-lock check --staged/,
  ],
  [
    { '.husky/pre-commit': '#!/usr/bin/env python3\n' },
    /→ \.husky\/pre-commit is not a shell script; make it run: dock-lock/,
  ],
  [
    { 'package.json': '{}\n', '.lintstagedrc.mjs': '' },
    /→ add to \.lintstagedrc\.mjs, for all files: dock-lock check --staged/,
  ],
]
for (const [files, words] of BY_HAND) {
  test(`by hand: ${words.source}`, () =>
    withFolder(files, async root => {
      const { code, stdout, stderr } = await runMain(root, ['init', '--yes'])
      assert.is(code, 0, stderr)
      assert.match(stdout, words)
      assert.match(stdout, /^nothing to change/m)
    }))
}

test('with dock-lock among the dependencies, there is nothing to install', () =>
  withFolder({ 'package.json': build({ devDependencies: { 'dock-lock': '*' } }) }, async root => {
    const { stdout } = await runMain(root, ['init', '--yes'])
    assert.not.match(stdout, '→')
    assert.match(stdout, /^changed package\.json: dock-lock runs before the script "build"$/m)
  }))

test('on a terminal, the person chooses from all that is possible', () =>
  withFolder(
    { 'package.json': build(), '.husky/pre-commit': 'npm test\n', '.github/workflows/x.yml': '\u001b' },
    async root => {
      const asked: ChoiceGroup[] = []
      const answer = (labels: readonly string[]) => {
        const choose: Choose = async (question, groups) => {
          assert.is(
            question,
            'Found npm (package.json), husky, GitHub Actions. Which changes should dock-lock make?',
          )
          asked.push(...groups)
          const all = groups.flatMap(({ choices }) => choices)
          return all.filter(({ label }) => labels.includes(label)).map(({ value }) => value)
        }
        return init({ ...createContext({ cwd: root, env: GIT_ENV }), choose }, DEFAULT_OPTIONS)
      }
      const none = await answer([])
      assert.equal(none.files, [])
      assert.equal(
        asked.map(({ title, choices }) => [title, ...choices.map(one => [one.label, one.isSelected])]),
        [
          ['script', ['package.json: dock-lock runs before the script "build"', true]],
          ['husky', ['.husky/pre-commit: each commit is checked', true]],
          ['github', ['.github/workflows/dock-lock.yml: each push is checked in GitHub Actions', false]],
        ],
      )
      const one = await answer(['.github/workflows/dock-lock.yml: each push is checked in GitHub Actions'])
      assert.equal(
        one.files.map(({ file }) => file),
        ['.github/workflows/dock-lock.yml'],
      )
      assert.is(readFileSync(join(root, 'package.json'), 'utf8'), build())
    },
  ))

/** What is refused, without a change. */
const REFUSED: readonly (readonly [files: Files, args: string[], message: RegExp, hint: RegExp])[] = [
  [{}, ['nonsense'], /init cannot set up "nonsense"/, /It can set up script, pre-commit, husky, /],
  [{}, ['script'], /init cannot set up script: there is no package\.json/, /first/],
  [{}, ['lefthook'], /init cannot set up lefthook: there is no lefthook\.yml/, /first/],
  [
    { 'package.json': build() },
    ['--script', 'biuld'],
    /package\.json has no such script/,
    /Did you mean --script build\?/,
  ],
  [{ 'package.json': '{' }, [], /^dock-lock: package\.json:1:1: package\.json is not valid JSON/, /Fix it/],
  [
    { 'package.json': '{"scripts":{"build":1}}' },
    [],
    /package\.json:1:1: "scripts" in package\.json must be/,
    /Fix it/,
  ],
  [
    { '.pre-commit-config.yaml': 'repos: [' },
    [],
    /^dock-lock: \.pre-commit-config\.yaml:\d+:\d+: .* not valid YAML/,
    /Fix it/,
  ],
]
for (const [files, args, message, hint] of REFUSED) {
  test(`refused: ${message.source}`, () =>
    withFolder(files, async root => {
      const { code, stderr } = await runMain(root, ['init', '--yes', ...args])
      assert.is(code, 2, stderr)
      const [first = '', second = ''] = stderr.split('\n')
      assert.match(first, message)
      assert.match(second, hint)
      for (const [file, text] of Object.entries(files))
        assert.is(readFileSync(join(root, file), 'utf8'), text)
    }))
}

test.run()
