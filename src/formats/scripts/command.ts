/** The builds that a command line starts. What is not literal is not guessed. */
import { type Flags, type FlagTable, flagTable, parseFlags } from './flags.ts'
import type { ShellWord } from './words.ts'

export type BuildCommand =
  | {
      readonly kind: 'build'
      readonly tool: 'docker' | 'podman'
      readonly context: string
      /** As given with `-f`, relative to the working directory. */
      readonly dockerfile?: string
      readonly target?: string
      /** Without a value: that of the environment. */
      readonly args: Readonly<Record<string, string | undefined>>
      readonly contexts: Readonly<Record<string, string>>
      readonly platforms: readonly string[]
    }
  | { readonly kind: 'bake'; readonly files: readonly string[] }
  | {
      readonly kind: 'compose'
      readonly files: readonly string[]
      readonly profiles: readonly string[]
      readonly envFiles: readonly string[]
      readonly projectDirectory?: string
    }
  /** A build that cannot be read with certainty. */
  | { readonly kind: 'unclear'; readonly reason: string }

const ENGINE = flagTable(
  '-c --context -H --host --config -l --log-level --tlscacert --tlscert --tlskey --connection --identity --url --root --runroot --storage-driver --storage-opt',
  '-D --debug --tls --tlsverify --remote -r',
)
const BUILD = flagTable(
  `-f --file -t --tag -o --output -m --memory -c --cpu-shares --add-host --allow --annotation --attest --build-arg --build-context
  --builder --cache-from --cache-to --call --cgroup-parent --cpu-period --cpu-quota --cpuset-cpus --cpuset-mems --iidfile --isolation
  --label --memory-swap --metadata-file --network --no-cache-filter --platform --progress --provenance --sbom --secret --security-opt
  --shm-size --ssh --target --ulimit`,
  '-q --quiet -D --debug --check --compress --force-rm --load --no-cache --pull --push --rm --squash --disable-content-trust',
)
const PODMAN_BUILD = flagTable(
  `${[...BUILD.withValue].join(' ')} -v --volume --authfile --cap-add --cap-drop --cert-dir --creds --decryption-key --device --dns
  --dns-option --dns-search --env --format --hooks-dir --ignorefile --ipc --jobs --layer-label --logfile --manifest --os-feature
  --os-version --pid --retry --retry-delay --runtime --runtime-flag --sign-by --timestamp --unsetenv --unsetlabel --userns --uts`,
  `-q --quiet --compress --force-rm --no-cache --pull --pull-always --pull-never --rm --squash --squash-all --layers --http-proxy
  --identity-label --no-hostname --no-hosts --omit-history --skip-unused-stages --stdin --tls-verify --inherit-labels`,
)
const BAKE = flagTable(
  '-f --file --set --allow --builder --call --metadata-file --progress --provenance --sbom',
  '-D --debug --check --load --no-cache --print --pull --push',
)
const COMPOSE = flagTable(
  '-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress',
  '--all-resources --compatibility --dry-run --verbose',
)

/** The build of `docker build …`, given as words; undefined if it is another command. */
export function buildCommand(words: readonly ShellWord[]): BuildCommand | undefined {
  const [program, ...rest] = words
  if (!program?.isLiteral) return undefined
  const tool = program.text.slice(program.text.lastIndexOf('/') + 1).replace(/\.exe$/, '')
  if (tool === 'docker-compose') return compose(rest)
  if (tool !== 'docker' && tool !== 'podman') return undefined
  const global = parseFlags(rest, ENGINE, true)
  const [first, second, ...others] = global?.operands ?? []
  if (first === undefined || !first.isLiteral) return undefined
  const after = global!.operands.slice(1)
  if (tool === 'podman')
    return first.text === 'build' || (first.text === 'image' && isWord(second, 'build'))
      ? build('podman', first.text === 'build' ? after : others, PODMAN_BUILD)
      : undefined
  switch (first.text) {
    case 'build':
      return build('docker', after, BUILD)
    case 'image':
    case 'builder':
      return isWord(second, 'build') ? build('docker', others, BUILD) : undefined
    case 'buildx': {
      const buildx = parseFlags(
        after,
        { withValue: new Set(['--builder']), withoutValue: new Set(['-D', '--debug']) },
        true,
      )
      const [subcommand, ...words] = buildx?.operands ?? []
      if (isWord(subcommand, 'build') || isWord(subcommand, 'b')) return build('docker', words, BUILD)
      return isWord(subcommand, 'bake') || isWord(subcommand, 'f') ? bake(words) : undefined
    }
    case 'bake':
      return bake(after)
    case 'compose':
      return compose(after)
    default:
      return undefined
  }
}

function isWord(word: ShellWord | undefined, text: string): boolean {
  return word?.isLiteral === true && word.text === text
}

function unclear(reason: string): BuildCommand {
  return { kind: 'unclear', reason }
}

/** The values of a flag with two names; undefined if one is not literal. */
function literals({ values }: Flags, ...names: readonly string[]): readonly string[] | undefined {
  const given = names.flatMap(name => values.get(name) ?? [])
  return given.every(({ isLiteral }) => isLiteral) ? given.map(({ text }) => text) : undefined
}

function build(tool: 'docker' | 'podman', words: readonly ShellWord[], table: FlagTable): BuildCommand {
  const flags = parseFlags(words, table)
  if (flags === undefined) return unclear('it has a flag that dock-lock does not know')
  const files = literals(flags, '-f', '--file')
  const targets = literals(flags, '--target')
  const platforms = literals(flags, '--platform')
  const args = literals(flags, '--build-arg')
  const contexts = literals(flags, '--build-context')
  if (!files || !targets || !platforms || !args || !contexts)
    return unclear('its file, target, platform, args or contexts are not literal')
  const [context = tool === 'podman' ? { text: '.', isLiteral: true } : undefined, more] = flags.operands
  if (context === undefined || more !== undefined || !context.isLiteral)
    return unclear('its context is not literal')
  if (context.text === '-' || files.includes('-') || files.length > 1)
    return unclear('its Dockerfile is not one file')
  const [dockerfile] = files
  const target = targets.at(-1)
  return {
    kind: 'build',
    tool,
    context: context.text,
    ...(dockerfile !== undefined && { dockerfile }),
    ...(target !== undefined && target !== '' && { target }),
    args: Object.fromEntries(args.map(pair)),
    contexts: Object.fromEntries(contexts.map(pair).map(([name, value]) => [name, value ?? ''])),
    platforms: platforms.flatMap(list => list.split(',')).filter(platform => platform !== ''),
  }
}

function pair(text: string): readonly [name: string, value: string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}

function bake(words: readonly ShellWord[]): BuildCommand {
  const flags = parseFlags(words, BAKE)
  const files = flags && literals(flags, '-f', '--file')
  const sets = flags && literals(flags, '--set')
  if (files === undefined || sets === undefined) return unclear('its files or flags are not literal')
  if (sets.some(set => /^[^.=]*\.(?:args|contexts?|dockerfile|platform|target)\b/.test(set)))
    return unclear('--set changes its targets')
  if (
    flags!.operands.some(({ text }) => /:\/\/|^git@/.test(text)) ||
    files.some(file => /^-$|:\/\//.test(file))
  )
    return unclear('its definition is not in the project')
  return { kind: 'bake', files: files.map(file => file.replace(/^cwd:\/\//, '')) }
}

function compose(words: readonly ShellWord[]): BuildCommand | undefined {
  const flags = parseFlags(words, COMPOSE, true)
  const subcommand = flags?.operands[0]
  if (flags === undefined)
    return words.some(word => isWord(word, 'build') || isWord(word, 'up'))
      ? unclear('its flags are not literal')
      : undefined
  if (!isWord(subcommand, 'build') && !isWord(subcommand, 'up')) return undefined
  const files = literals(flags, '-f', '--file')
  const profiles = literals(flags, '--profile')
  const envFiles = literals(flags, '--env-file')
  const directories = literals(flags, '--project-directory')
  if (!files || !profiles || !envFiles || !directories) return unclear('its flags are not literal')
  if (files.includes('-')) return unclear('its file is not in the project')
  const projectDirectory = directories.at(-1)
  return {
    kind: 'compose',
    files,
    profiles,
    envFiles,
    ...(projectDirectory !== undefined && { projectDirectory }),
  }
}
