import { normalizePlatform, type Platform, parsePlatform } from './platform.ts'

const SYSTEMS =
  /^(?:aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|linux|nacl|netbsd|openbsd|plan9|solaris|wasip1|windows|zos|macos)$/
const ARCHITECTURES =
  /^(?:386|i386|amd64|amd64p32|x86_64|x86-64|arm|armbe|armhf|armel|aarch64|arm64|arm64be|ppc64|ppc64le|loong64|mips|mipsle|mips64|mips64le|mips64p32|mips64p32le|ppc|riscv|riscv64|s390|s390x|sparc|sparc64|wasm)$/

/**
/**
 * The normalized platform in `text`, or undefined if containerd cannot parse it. An operating system alone gets the engine's
 * architecture, and an architecture alone the engine's operating system.
 * @see https://github.com/containerd/platforms/blob/main/platforms.go Parse
 */
export function parsePlatformSpecifier(text: string, engine: Platform): Platform | undefined {
  // `windows(10.0.17763+win32k)`: the part after the version names features, which no image has.
  const match = /^([\w-]+)(\([\w.%-]*)?(?:\+[\w.%+-]*)?(\))?((?:\/[\w-]+){0,2})$/.exec(text)
  if (match === null || (match[2] === undefined) !== (match[3] === undefined)) return undefined
  const [, first = '', version = '', close = '', rest = ''] = match
  const lower = first.toLowerCase()
  const os = version === '(' ? first : `${first}${version}${close}`
  const full =
    rest !== ''
      ? `${os}${rest}`
      : SYSTEMS.test(lower)
        ? `${os}/${engine.architecture}`
        : ARCHITECTURES.test(lower)
          ? `${engine.os}/${first}`
          : undefined
  const platform = full === undefined ? undefined : parsePlatform(full)
  return platform === undefined ? undefined : normalizePlatform(platform)
}
