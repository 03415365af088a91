import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { failureReporter, type Invocation, parseCommandLine } from '../../src/cli/args.ts'
import { DEFAULT_OPTIONS, type Options } from '../../src/commands/command.ts'
import { commands } from '../../src/commands/index.ts'
import { COMMON, type OptionName, options } from '../../src/commands/options.ts'
import { DockLockError } from '../../src/core/error.ts'
import { failureOf } from '../support/failure.ts'
import { hostileText } from '../support/generate.ts'
import { forAll } from '../support/random.ts'

const test = suite('cli/args')
const parse = (line: string) => parseCommandLine(line.split(' ').filter(word => word !== ''))

/** What a line means, where it differs from nothing at all. */
const MEANINGS: readonly [line: string, invocation: Partial<Invocation>, options: Partial<Options>][] = [
  ['', {}, {}],
  ['lock', { named: true }, {}],
  ['Dockerfile web/', {}, { paths: ['Dockerfile', 'web/'] }],
  ['lock Dockerfile', { named: true }, { paths: ['Dockerfile'] }],
  ['check', { command: 'check', named: true }, {}],
  ['check --staged a b', { command: 'check', named: true }, { staged: true, paths: ['a', 'b'] }],
  ['--staged check', { command: 'check', named: true }, { staged: true }],
  ['./check', {}, { paths: ['./check'] }],
  ['--frozen', {}, { frozen: true }],
  ['--offline --no-pin', {}, { offline: true, noPin: true }],
  ['--no-pull --no-verify', {}, { noPull: true, noVerify: true }],
  ['--dry-run', {}, { dryRun: true }],
  ['-n', {}, { dryRun: true }],
  ['--move-tags', {}, { moveTags: true }],
  ['--platform linux/amd64', {}, { platforms: [{ os: 'linux', architecture: 'amd64' }] }],
  [
    '--platform linux/amd64,linux/arm64 --platform=windows/amd64',
    {},
    {
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
        { os: 'windows', architecture: 'amd64' },
      ],
    },
  ],
  ['--build-arg A=1 --build-arg B= --build-arg A=2=3', {}, { buildArgs: { A: ['1', '2=3'], B: [''] } }],
  ['--build-arg __proto__=1', {}, { buildArgs: JSON.parse('{"__proto__":["1"]}') }],
  ['--build-arg UNSET', {}, {}],
  ['--target build', {}, { target: 'build' }],
  ['--host tcp://a:1', {}, { stores: [{ host: 'tcp://a:1' }] }],
  ['-H unix:///x', {}, { stores: [{ host: 'unix:///x' }] }],
  ['--context far', {}, { stores: [{ context: 'far' }] }],
  [
    '-H tcp://a --context b --host=tcp://c',
    {},
    { stores: [{ host: 'tcp://a' }, { context: 'b' }, { host: 'tcp://c' }] },
  ],
  ['update --reporter markdown', { command: 'update', named: true, reporter: 'markdown' }, {}],
  ['--json', { reporter: 'json' }, {}],
  ['--reporter json --json', { reporter: 'json' }, {}],
  ['check --reporter=sarif', { command: 'check', named: true, reporter: 'sarif' }, {}],
  ['policy --json', { command: 'policy', named: true, reporter: 'json' }, {}],
  ['-q', { quiet: true }, {}],
  ['verify --verbose', { command: 'verify', named: true, verbose: true }, {}],
  ['-C dir', { cwd: 'dir' }, {}],
  ['--cwd=dir check', { command: 'check', named: true, cwd: 'dir' }, {}],
  ['--version', { version: true }, {}],
  ['--help', { help: true }, {}],
  ['help', { help: true }, { paths: ['help'] }],
  ['check -h', { command: 'check', named: true, help: true }, {}],
  ['help check', { command: 'check', named: true, help: true }, { paths: ['help', 'check'] }],
  ['-- --odd-name', {}, { paths: ['--odd-name'] }],
  [
    'run -- docker build --json .',
    { command: 'run', named: true },
    { paths: ['docker', 'build', '--json', '.'] },
  ],
  ['run -- docker build --help', { command: 'run', named: true }, { paths: ['docker', 'build', '--help'] }],
  ['-C dir run -- make', { command: 'run', named: true, cwd: 'dir' }, { paths: ['make'] }],
  ['run --help', { command: 'run', named: true, help: true }, {}],
]
for (const [line, invocation, given] of MEANINGS) {
  test(`dock-lock ${line}`, () =>
    assert.equal(parse(line), {
      command: 'lock',
      named: false,
      reporter: 'text',
      verbose: false,
      quiet: false,
      debug: false,
      cwd: undefined,
      help: false,
      version: false,
      ...invocation,
      options: { ...DEFAULT_OPTIONS, ...given },
    }))
}

const REFUSED: readonly [line: string, message: RegExp, hint: RegExp][] = [
  ['--nonsense', /^unknown option --nonsense$/, /^See dock-lock --help$/],
  ['--frozn', /^unknown option --frozn$/, /^Did you mean "dock-lock --frozen"\?$/],
  ['check --stagd a', /^unknown option --stagd$/, /^Did you mean "dock-lock check --staged"\?$/],
  ['check --frozn', /^unknown option --frozn$/, /^See dock-lock check --help$/],
  ['lock -q --verbose', /^--quiet and --verbose exclude each other$/, /lock --help$/],
  ['run -q -- make', /^run has no option --quiet$/, /run --help$/],
  ['check -x', /^unknown option -x$/, /--help$/],
  ['--frozen=yes', /^--frozen takes no value$/, /--help$/],
  ['--platform', /^--platform needs a value$/, /--help$/],
  ['--host --frozen', /^--host needs a value$/, /--help$/],
  ['hlep', /^unknown command "hlep"$/, /^Did you mean "dock-lock help"\?$/],
  ['update --semver majr', /^--semver majr: write/, /^Did you mean "dock-lock update --semver major"\?$/],
  ['completion bsh', /^completion needs/, /^Did you mean "dock-lock completion bash"\?$/],
  ['completion bash zsh', /^completion needs/, /completion --help$/],
  ['check --frozen', /^check has no option --frozen$/, /^See dock-lock check --help$/],
  ['lock --staged', /^lock has no option --staged$/, /^See dock-lock lock --help$/],
  ['--staged', /^lock has no option --staged$/, /^See dock-lock lock --help$/],
  ['verify Dockerfile', /"Dockerfile": verify takes no operands/, /^See dock-lock verify --help$/],
  ['policy now', /"now": policy takes no operands/, /policy --help$/],
  ['--platform linux', /^--platform linux: write os\/architecture/, /--help$/],
  ['--platform linux/amd64,', /^--platform : write/, /--help$/],
  ['--build-arg =1', /^--build-arg needs NAME or NAME=VALUE$/, /--help$/],
  ['veryfi', /unknown command "veryfi"/, /^Did you mean "dock-lock verify"\?$/],
  ['chek --staged', /./, /./],
  ['help chek', /unknown command "chek"/, /^Did you mean "dock-lock check"\?$/],
  ['help nonsense', /unknown command "nonsense"/, /^See dock-lock --help$/],
  ['updte', /unknown command "updte"/, /^Did you mean "dock-lock update"\?$/],
  ['update --semver huge', /^--semver huge: write patch, minor or major$/, /update --help$/],
  ['outdated --min-age 7', /^--min-age 7: write a number of hours, days or weeks/, /outdated --help$/],
  [
    'update --reporter html',
    /^--reporter html: write text, json, github, sarif, gitlab or markdown$/,
    /update --help$/,
  ],
  ['check --reporter serif', /^--reporter serif: write/, /"dock-lock check --reporter sarif"\?$/],
  ['check --reporter markdown', /^check does not take --reporter markdown: only update/, /check --help$/],
  ['policy --reporter sarif', /^policy does not take --reporter sarif: it has no findings/, /policy --help$/],
  ['check --json --reporter text', /^--json and --reporter text exclude each other$/, /check --help$/],
  ['merge-driver --json a b c', /^merge-driver does not take --json: git reads/, /merge-driver --help$/],
  ['run --reporter json -- make', /^run does not take --reporter json: stdout/, /run --help$/],
  [
    'update -i --reporter gitlab',
    /^--interactive and --reporter gitlab exclude each other/,
    /update --help$/,
  ],
  ['update -i --json', /exclude each other/, /update --help$/],
  ['run', /needs --/, /run -- docker build/],
  ['run docker build .', /needs --/, /run -- docker build/],
  ['-C dir run docker build .', /needs --/, /run -- docker build/],
  ['run --json -- make', /not take --json/, /run --help$/],
]
for (const [line, message, hint] of REFUSED) {
  test(`refused: dock-lock ${line}`, async () => {
    const error = await failureOf(() => parse(line))
    assert.is(error.code, 'usage')
    assert.match(error.message, message)
    assert.match(error.hint ?? '', hint)
  })
}

test('a file is no misspelt command', () => {
  for (const file of [
    'Dockerfile',
    'dockerfile',
    'containerfile',
    'lock.Dockerfile',
    'check/',
    './chek',
    'web',
    'images',
  ])
    assert.equal(parse(file).options.paths, [file])
})

test('whether a word is a path is asked of the given folder, not of the folder of this process', () => {
  const asked: string[] = []
  const ask = (path: string) => asked.push(path) > 0
  parseCommandLine(['web'], {}, ask)
  parseCommandLine(['-C', 'sub', 'web'], {}, ask)
  parseCommandLine(['-C', '/there', 'web'], {}, ask)
  assert.equal(asked, ['web', 'sub/web', '/there/web'])
})

test('a bare word that is no path is an unknown command, and a path is a path', () => {
  const given = (word: string, paths: readonly string[]) =>
    parseCommandLine([word], {}, path => paths.some(one => path.endsWith(`/${one}`) || path === one))
  assert.equal(given('chek', ['chek']).options.paths, ['chek'])
  assert.equal(given('web', ['web']).options.paths, ['web'])
  for (const path of ['web/', './web', 'Web', 'web.d', 'dockerfile', 'web2'])
    assert.equal(given(path, []).options.paths, [path])
  for (const word of ['web', 'updte']) assert.throws(() => given(word, []), /unknown command/)
})

test('outdated and update take images', () => {
  const { options: given } = parse('update node ghcr.io/* --semver minor --min-age 7d -i')
  assert.equal(
    [given.images, given.paths, given.semver, given.minAge, given.interactive],
    [['node', 'ghcr.io/*'], [], 'minor', 604_800_000, true],
  )
})

test('each command takes the options of its list and those of all, and no other', () => {
  const words: Partial<Record<OptionName, string>> = {
    platform: 'linux/amd64',
    'build-arg': 'A=1',
    semver: 'minor',
    'min-age': '7d',
    reporter: 'text',
  }
  for (const [command, entry] of Object.entries(commands)) {
    for (const name of Object.keys(options) as OptionName[]) {
      const value = options[name].type === 'string' ? [words[name] ?? 'x'] : []
      const tail = { run: ['--', 'make'], completion: ['bash'] }[command] ?? []
      const run = () => parseCommandLine([command, `--${name}`, ...value, ...tail])
      const isKnown =
        [...entry.options, ...COMMON].includes(name) &&
        !(entry.onlyText !== undefined && ['json', 'reporter', 'quiet'].includes(name))
      // Help and version are shown whatever else is there.
      if (isKnown || name === 'help' || name === 'version') run()
      else assert.throws(run, (error: unknown) => error instanceof DockLockError && error.code === 'usage')
    }
  }
})

test('whatever the words, it is understood or refused, and printed safely', () => {
  forAll(2000, random => {
    const word = () =>
      random.pick<() => string>([
        () => random.pick(Object.keys(commands)),
        () => `--${random.pick(Object.keys(options))}`,
        () => `--${random.pick(Object.keys(options))}=${hostileText(random)}`,
        () => random.pick(['--', '-', '-n', '-H', '-C', '-nh', '', 'help', '-h', 'A=1', 'linux/amd64']),
        () => hostileText(random),
        () => `--${hostileText(random)}`,
      ])()
    try {
      parseCommandLine(random.list(0, 6, word))
    } catch (error) {
      if (!(error instanceof DockLockError)) throw error
      assert.is(error.code, 'usage')
      assert.not.match(error.message + error.hint, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    }
  })
})

test('a build arg without a value takes that of the environment, be it empty; one that is not set is not given', () => {
  const env = { V: '22', EMPTY: '' }
  const words = ['--build-arg', 'V', '--build-arg', 'V=24', '--build-arg', 'EMPTY', '--build-arg', 'UNSET']
  assert.equal(parseCommandLine(words, env).options.buildArgs, { V: ['22', '24'], EMPTY: [''] })
})

test('in GitHub Actions, annotations stand beside the text, unless another reporter is chosen', () => {
  const reporter = (line: string, GITHUB_ACTIONS = 'true') =>
    parseCommandLine(line.split(' '), { GITHUB_ACTIONS }).reporter
  assert.is(reporter('check'), 'github')
  assert.is(reporter('check', 'false'), 'text')
  assert.is(reporter('check --reporter text'), 'text')
  assert.is(reporter('check --json'), 'json')
  // Their output is no list of findings.
  for (const line of ['policy', 'override bake', 'run -- make', 'merge-driver a b c', 'explain'])
    assert.is(reporter(line), 'text', line)
})

test('an error of the command line goes to the reporter that it names', () => {
  const reporter = (line: string, env = {}) => failureReporter(line.split(' '), env)
  assert.is(reporter('check --nonsense --json'), 'json')
  assert.is(reporter('check --nonsense --reporter=sarif'), 'sarif')
  assert.is(reporter('check --nonsense --reporter serif'), 'text')
  assert.is(reporter('check --nonsense'), 'text')
  assert.is(reporter('check --nonsense', { GITHUB_ACTIONS: 'true' }), 'github')
  assert.is(reporter('policy --nonsense --reporter sarif'), 'text')
  assert.is(reporter('run --nonsense --json -- make', { GITHUB_ACTIONS: 'true' }), 'text')
})

test.run()
