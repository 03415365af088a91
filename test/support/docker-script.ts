/**
 * A shell script in place of docker 28.5: it reports versions that support source policies.
 * @param otherwise a shell command for all other arguments
 */
export function dockerScript(otherwise = ':'): string {
  return `#!/bin/sh
case "$*" in
  'buildx version') echo 'github.com/docker/buildx v0.29.1 x' ;;
  'buildx inspect') printf 'Name: default\\nDriver: docker\\n\\nNodes:\\nName: default\\nStatus: running\\n' ;;
  'version --format '*) echo '28.5.2 28.5.2' ;;
  *) ${otherwise} ;;
esac
`
}
