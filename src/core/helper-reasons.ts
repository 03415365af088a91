/**
 * Known error texts of credential helpers that contain no secret. Other output is not shown, because a helper
 * handles passwords and may print them.
 * @see https://github.com/docker/docker-credential-helpers, https://github.com/awslabs/amazon-ecr-credential-helper,
 *   https://github.com/GoogleCloudPlatform/docker-credential-gcr
 */

/** Matched in any letter case. If two overlap, the one that starts first counts, or the longer one of two with the same start. */
const REASONS: readonly string[] = [
  // docker-credential-helpers
  'credentials not found in native keychain',
  'no credentials server URL',
  'no credentials username',
  'missing server url',
  'error getting credentials',
  'error retrieving credentials',
  'not implemented',
  // pass and gpg
  'pass not initialized',
  'pass store is uninitialized',
  'password store is empty',
  'error fetching password during initialization',
  'no usernames for',
  'gpg: decryption failed: No secret key',
  'gpg: public key decryption failed',
  'gpg: decryption failed',
  'no secret key',
  "can't connect to the gpg-agent",
  "can't connect to the agent",
  'no pinentry',
  'Inappropriate ioctl for device',
  'operation cancelled',
  'bad passphrase',
  // macOS
  'keychain cannot be accessed because the current session does not allow user interaction',
  'User interaction is not allowed',
  'The specified item could not be found in the keychain',
  'The user name or passphrase you entered is not correct',
  'The user canceled the operation',
  // Secret Service, keyctl
  'Cannot autolaunch D-Bus without X11 $DISPLAY',
  'Cannot spawn a message bus without a machine-id',
  'The name org.freedesktop.secrets was not provided by any .service files',
  'Object does not exist at path',
  'Cannot create an item in a locked collection',
  'prompt was dismissed',
  'Required key not available',
  'Key has expired',
  // Windows
  'Element not found',
  'A specified logon session does not exist',
  'The stub received bad data',
  'Access is denied',
  // Amazon
  'NoCredentialProviders',
  'no valid providers in chain',
  'no EC2 IMDS role found',
  'failed to refresh cached credentials',
  'ExpiredTokenException',
  'ExpiredToken',
  'UnrecognizedClientException',
  'AccessDeniedException',
  'InvalidSignatureException',
  'The security token included in the request is expired',
  'The security token included in the request is invalid',
  'Token has expired and refresh failed',
  'the SSO session has expired or is invalid',
  // Google
  'Reauthentication required',
  'Reauthentication failed',
  'cannot prompt during non-interactive execution',
  'You do not currently have an active account selected',
  'There was a problem refreshing your current auth tokens',
  'Failed to load credential file',
  'could not find default credentials',
  "could not retrieve GCR's access token",
  'token was invalid',
  'invalid_grant',
  // Azure
  "Please run 'az login' to setup account",
  'interaction_required',
  'The refresh token has expired',
  // The system and the network
  'executable file not found in $PATH',
  'executable file not found in %PATH%',
  'command not found',
  'No such file or directory',
  'permission denied',
  'operation not permitted',
  'exec format error',
  'no space left on device',
  'no such host',
  'connection refused',
  'connection reset by peer',
  'connection timed out',
  'network is unreachable',
  'no route to host',
  'TLS handshake timeout',
  'i/o timeout',
  'context deadline exceeded',
  'certificate signed by unknown authority',
  'certificate has expired',
  'unexpected EOF',
  'Too Many Requests',
  // Common to many
  'token expired',
  'token has expired',
  'session expired',
  'session has expired',
  'not logged in',
  'login required',
  'authentication required',
  'authentication failed',
  'invalid credentials',
  'unauthorized',
  'access denied',
  'timed out',
  'is locked',
]
const MOST = 3

const escaped = REASONS.map(reason => reason.replace(/[$.()/]/g, '\\$&').replace(/ /g, '\\s+'))
const ANY = new RegExp(
  `(?<![\\w-])(?:${[...escaped].sort((a, b) => b.length - a.length).join('|')})(?![\\w-])`,
  'gi',
)

/** The known reasons in a helper's output, in our spelling; undefined if there are none. */
export function knownReasons(said: string): string | undefined {
  const found = new Set<string>()
  for (const [match] of said.matchAll(ANY)) {
    const plain = match.replace(/\s+/g, ' ').toLowerCase()
    const reason = REASONS.find(one => one.toLowerCase() === plain)
    if (reason !== undefined) found.add(reason)
    if (found.size === MOST) break
  }
  return found.size === 0 ? undefined : [...found].join('; ')
}
