import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { discoverFiles, isFolder } from '../../src/io/discover.ts'
import { failureOf, whereOf } from '../support/failure.ts'
import { GIT_ENV, git, withFolder, writeFiles } from '../support/folder.ts'
import { component } from '../support/generate.ts'
import { forAllAsync } from '../support/random.ts'

const test = suite('io/discover')
const matches = (path: string) => /(^|[/.])Dockerfile/.test(path)
const discover = (root: string, folder = '.', env: Readonly<Record<string, string>> = GIT_ENV) =>
  discoverFiles(root, folder, async () => matches, env, new AbortController().signal)
const find = async (...args: Parameters<typeof discover>) => (await discover(...args)).files
const notSearched = async (root: string) =>
  (await discover(root)).skipped.map(({ code, file }) => `${code} ${file}`).sort()
/** As on a machine without git. */
const NO_GIT = { PATH: '/nonexistent' }

test('with git: what is tracked or would be, sorted, and nothing that is ignored', () =>
  withFolder(
    {
      Dockerfile: '',
      'b/Dockerfile': '',
      'a/web.Dockerfile': '',
      'ignored/Dockerfile': '',
      'ignored/kept.Dockerfile': '',
      'node_modules/x/Dockerfile': '',
      'excluded.Dockerfile': '',
      'README.md': '',
      '.gitignore': 'ignored/\nnode_modules\n',
    },
    async root => {
      git(root, 'init', '-q')
      writeFiles(root, { '.git/info/exclude': 'excluded.Dockerfile\n' })
      git(root, 'add', 'b')
      git(root, 'add', '-f', 'ignored/kept.Dockerfile')
      assert.equal(await find(root), [
        'Dockerfile',
        'a/web.Dockerfile',
        'b/Dockerfile',
        'ignored/kept.Dockerfile',
      ])
      assert.equal(await find(root, 'a'), ['a/web.Dockerfile'])
      assert.equal(await find(join(root, 'b')), ['Dockerfile'], 'a project may be a folder of a repository')
    },
  ))

test('with git: names of all kinds', () =>
  withFolder({}, async root => {
    const names = [
      'a b',
      'ä漢🐳',
      'q"uo\'te',
      'back\\slash',
      'new\nline',
      'tab\t',
      '*',
      '-n',
      ':(glob)**',
      '#x',
      '!x',
    ]
    writeFiles(root, Object.fromEntries(names.map(name => [`${name}/Dockerfile`, ''])))
    const expected = names.map(name => `${name}/Dockerfile`).sort()
    for (const env of [NO_GIT, GIT_ENV]) {
      if (env === GIT_ENV) git(root, 'init', '-q')
      assert.equal(await find(root, '.', env), expected)
      for (const name of names) assert.equal(await find(root, name, env), [`${name}/Dockerfile`], name)
    }
  }))

test('with git: a file that conflicts in the index comes once, and one that was deleted still comes', () =>
  withFolder({ Dockerfile: 'FROM a\n', 'gone.Dockerfile': '' }, async root => {
    git(root, 'init', '-q')
    git(root, 'add', '.')
    git(root, 'commit', '-q', '-m', 'one')
    git(root, 'checkout', '-q', '-b', 'other')
    writeFiles(root, { Dockerfile: 'FROM b\n' })
    git(root, 'commit', '-q', '-am', 'two')
    git(root, 'checkout', '-q', 'main')
    writeFiles(root, { Dockerfile: 'FROM c\n' })
    git(root, 'commit', '-q', '-am', 'three')
    assert.throws(() => git(root, 'merge', 'other'))
    rmSync(join(root, 'gone.Dockerfile'))
    // That it is not there is for the reader to see: it may be deleted at any moment.
    assert.equal(await find(root), ['Dockerfile', 'gone.Dockerfile'])
  }))

test('with git: a submodule is a project of its own', () =>
  withFolder({ 'library/Dockerfile': '', 'main/Dockerfile': '' }, async root => {
    const main = join(root, 'main')
    for (const folder of [join(root, 'library'), main]) {
      git(folder, 'init', '-q')
      git(folder, 'add', '.')
      git(folder, 'commit', '-q', '-m', 'one')
    }
    git(main, 'submodule', 'add', '-q', join(root, 'library'), 'library.Dockerfile')
    assert.ok(existsSync(join(main, 'library.Dockerfile/Dockerfile')))
    assert.not.ok((await find(main)).includes('library.Dockerfile/Dockerfile'))
    assert.equal(await find(join(main, 'library.Dockerfile')), ['Dockerfile'])
  }))

test('with git: an untracked name that looks like an entry of the index is a name', () =>
  withFolder({ '160000 x/Dockerfile': '', '160000 0 0\ty.Dockerfile': '' }, async root => {
    git(root, 'init', '-q')
    assert.equal(await notSearched(root), [])
    assert.equal(await find(root), ['160000 0 0\ty.Dockerfile', '160000 x/Dockerfile'])
  }))

test('with git: submodules and nested repositories are reported as not searched, also from a subfolder', () =>
  withFolder(
    { 'library/Dockerfile': '', 'main/apps/Dockerfile': '', 'main/é.Dockerfile': '' },
    async root => {
      const main = join(root, 'main')
      for (const folder of [join(root, 'library'), main]) {
        git(folder, 'init', '-q')
        git(folder, 'add', '.')
        git(folder, 'commit', '-q', '-m', 'one')
      }
      assert.equal(await notSearched(main), [])
      for (const path of ['one', 'apps/two words', 'apps/x.Dockerfile'])
        git(main, 'submodule', 'add', '-q', join(root, 'library'), path)
      writeFiles(main, { 'apps/nested/Dockerfile': '' })
      git(join(main, 'apps/nested'), 'init', '-q')
      const inApps = ['nested', 'two words', 'x.Dockerfile']
      assert.equal(await notSearched(main), [
        ...inApps.map(name => `repository apps/${name}`),
        'repository one',
      ])
      assert.equal(
        await notSearched(join(main, 'apps')),
        inApps.map(name => `repository ${name}`),
      )
      assert.equal(await find(main), ['apps/Dockerfile', 'é.Dockerfile'])
    },
  ))

for (const [what, embed] of [
  ['committed', main => git(main, 'commit', '-q', '-m', 'two')],
  ['only staged, and not there any more', main => rmSync(join(main, 'apps/inner'), { recursive: true })],
  ['in conflict', main => conflictIn(main, 'apps/inner')],
] as readonly (readonly [string, (main: string) => unknown])[]) {
  test(`with git: a submodule without .gitmodules is reported too: ${what}`, () =>
    withFolder({ Dockerfile: '', '1 2\t.Dockerfile': '', 'apps/inner/Dockerfile': '' }, async main => {
      const inner = join(main, 'apps/inner')
      git(main, 'init', '-q')
      git(inner, 'init', '-q')
      git(inner, 'add', '.')
      git(inner, 'commit', '-q', '-m', 'one')
      git(main, 'add', 'Dockerfile', 'apps')
      embed(main)
      assert.not.ok(existsSync(join(main, '.gitmodules')))
      assert.equal(await notSearched(main), ['repository apps/inner'])
      assert.equal(await notSearched(join(main, 'apps')), ['repository inner'])
      assert.equal(await find(main), ['1 2\t.Dockerfile', 'Dockerfile'])
    }))
}

/** Three versions of a submodule in the index, as after a merge. */
function conflictIn(main: string, path: string): void {
  git(main, 'rm', '-q', '-f', '--cached', path)
  const lines = [1, 2, 3].map(stage => `160000 ${String(stage).repeat(40)} ${stage}\t${path}\n`)
  execFileSync('git', ['update-index', '--index-info'], { cwd: main, env: GIT_ENV, input: lines.join('') })
}

test('with git: one git process lists the files, also where there are submodules', () =>
  withFolder({ 'library/Dockerfile': '', 'main/Dockerfile': '', 'bin/x': '' }, async root => {
    const main = join(root, 'main')
    for (const folder of [join(root, 'library'), main]) {
      git(folder, 'init', '-q')
      git(folder, 'add', '.')
      git(folder, 'commit', '-q', '-m', 'one')
    }
    git(main, 'submodule', 'add', '-q', join(root, 'library'), 'library')
    const real = execFileSync('sh', ['-c', 'command -v git'], { env: GIT_ENV, encoding: 'utf8' }).trim()
    writeFiles(root, { 'bin/git': `#!/bin/sh\necho run >> '${root}/runs'\nexec ${real} "$@"\n` })
    chmodSync(join(root, 'bin/git'), 0o755)
    const env = { ...GIT_ENV, PATH: `${join(root, 'bin')}:${GIT_ENV.PATH}` }
    assert.equal(await find(main, '.', env), ['Dockerfile'])
    assert.is(readFileSync(join(root, 'runs'), 'utf8'), 'run\n')
  }))

test('with git: settings of the repository start no program', () =>
  withFolder({ Dockerfile: '', 'hook.sh': '#!/bin/sh\ntouch ran\n' }, async root => {
    git(root, 'init', '-q')
    chmodSync(join(root, 'hook.sh'), 0o755)
    git(root, 'config', 'core.fsmonitor', join(root, 'hook.sh'))
    assert.equal(await find(root), ['Dockerfile'])
    assert.not.ok(existsSync(join(root, 'ran')))
  }))

test('without git: .gitignore is heeded in every folder, the nearer one first', () =>
  withFolder(
    {
      '.gitignore': 'out/\n*.old.Dockerfile\n/top.Dockerfile\nnever/\n',
      Dockerfile: '',
      'top.Dockerfile': '',
      'a.old.Dockerfile': '',
      'out/Dockerfile': '',
      'sub/top.Dockerfile': '',
      'sub/out/Dockerfile': '',
      'sub/.gitignore': '!kept.old.Dockerfile\r\n/own.Dockerfile\r\n',
      'sub/kept.old.Dockerfile': '',
      'sub/b.old.Dockerfile': '',
      'sub/own.Dockerfile': '',
      'sub/deep/own.Dockerfile': '',
      'sub/deep/kept.old.Dockerfile': '',
      'never/.gitignore': '!*\n',
      'never/Dockerfile': '',
      'node_modules/x/Dockerfile': '',
      'sub/node_modules/x/Dockerfile': '',
    },
    async root => {
      const expected = [
        'Dockerfile',
        'sub/deep/kept.old.Dockerfile',
        'sub/deep/own.Dockerfile',
        'sub/kept.old.Dockerfile',
        'sub/top.Dockerfile',
      ]
      assert.equal(await find(root), expected)
      assert.equal(await find(root, '.', NO_GIT), expected)
      const inSub = expected.filter(path => path.startsWith('sub/'))
      assert.equal(await find(root, 'sub'), inSub, 'the rules of outer folders count in a folder too')
      assert.equal(
        await find(root, 'sub/deep'),
        inSub.filter(path => path.startsWith('sub/deep/')),
      )
      assert.equal(await find(root, 'sub/out'), [])
      git(root, 'init', '-q')
      const withoutModules = (paths: readonly string[]) =>
        paths.filter(path => !path.includes('node_modules'))
      assert.equal(withoutModules(await find(root)), expected, 'git says the same')
      assert.equal(withoutModules(await find(root, 'sub')), inSub)
      assert.equal(await find(root, 'sub/out'), [])
    },
  ))

test('without git: the walk finds what git finds, whatever the rules', () =>
  forAllAsync(40, async random => {
    const name = () => random.pick(['a', 'b', 'c', component(random)])
    const folders = ['', ...random.list(1, 6, () => `${random.list(1, 3, name).join('/')}/`)]
    const files = random.list(
      3,
      15,
      () => `${random.pick(folders)}${random.pick(['', `${name()}.`])}Dockerfile`,
    )
    const rule = () =>
      random.pick(['', '', '!']) +
      random.pick([
        () => name(),
        () => `/${name()}`,
        () => `${name()}/`,
        () => `/${name()}/${name()}`,
        () => `${name()}/**`,
        () => `**/${name()}/`,
        () => '*.Dockerfile',
        () => `${name()}*`,
        () => 'Dockerfile',
        () => 'dockerfile',
        () => `${name().toUpperCase()}/`,
        () => `# ${name()}`,
        () => ' ',
      ])()
    const rules = random.list(1, 3, () => [
      `${random.pick(folders)}.gitignore`,
      random.list(1, 4, rule).join(random.pick(['\n', '\r\n'])),
    ])
    await withFolder({}, async root => {
      for (const [path, content] of [...files.map(file => [file, '']), ...rules] as [string, string][]) {
        // A file may be in the way of a folder of the same name: the first one made stays.
        try {
          writeFiles(root, { [path]: content })
        } catch {}
      }
      const walked = await find(root, '.', NO_GIT)
      git(root, 'init', '-q')
      assert.equal(walked, await find(root), JSON.stringify(rules))
    })
  }))

test('a .gitignore that is no regular file is an error, with git and without: git waits for ever for a fifo', () =>
  withFolder({ Dockerfile: '', 'sub/Dockerfile': '' }, async root => {
    const walk = (folder = '.') => failureOf(() => find(root, folder, NO_GIT))
    const fifo = join(root, 'sub/.gitignore')
    execFileSync('mkfifo', [fifo])
    assert.is(whereOf(await walk()), 'sub/.gitignore:1:1')
    git(root, 'init', '-q')
    for (const [from, where] of [
      ['', 'sub/.gitignore:1:1'],
      ['sub', '.gitignore:1:1'],
    ] as const) {
      const error = await failureOf(() => find(join(root, from)))
      assert.equal([error.code, whereOf(error)], ['config', where])
      assert.match(error.message, /cannot be read: it is a fifo/)
      assert.ok(error.hint)
    }
    rmSync(fifo)
    rmSync(join(root, '.git'), { recursive: true })
    for (const [make, says] of [
      [() => mkdirSync(fifo), /it is a directory/],
      [() => symlinkSync('/etc/passwd', fifo), /it is a symbolic link to outside the project/],
      [() => symlinkSync('none', fifo), /it is a symbolic link to a file that does not exist/],
      [
        () => {
          writeFileSync(fifo, '')
          truncateSync(fifo, 2 ** 33)
        },
        /it is larger than 1 MiB/,
      ],
    ] as const) {
      make()
      assert.match((await walk()).message, says)
      assert.match((await walk('sub')).message, says)
      rmSync(fifo, { recursive: true })
    }
  }))

test('without git: what has the name of a Dockerfile is found, whatever it is', () =>
  withFolder({}, async root => {
    execFileSync('mkfifo', [join(root, 'Dockerfile')])
    assert.equal(await find(root, '.', NO_GIT), ['Dockerfile'])
  }))

test('without git: symbolic links to files are found, folders behind links are not entered', () =>
  withFolder({ 'a/Dockerfile': '' }, async root => {
    symlinkSync('a', join(root, 'b'))
    symlinkSync('a/Dockerfile', join(root, 'c.Dockerfile'))
    assert.equal(await find(root), ['a/Dockerfile', 'c.Dockerfile'])
  }))

test('a folder is one, also behind a link; a file or nothing is not', () =>
  withFolder({ 'a/x': '' }, async root => {
    symlinkSync('a', join(root, 'b'))
    assert.equal(await Promise.all(['a', 'b', '.', 'a/x', 'missing'].map(path => isFolder(root, path))), [
      true,
      true,
      true,
      false,
      false,
    ])
  }))

test('an empty folder has none, and so has one that is not there', () =>
  withFolder({}, async root => {
    mkdirSync(join(root, 'empty'))
    assert.equal(await find(root, 'empty'), [])
    assert.equal(await find(root, 'missing'), [])
    writeFileSync(join(root, 'Dockerfile'), '')
    assert.equal(await find(root), ['Dockerfile'])
  }))

test.run()
