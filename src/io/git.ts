/**
 * How git is run here: the settings of a repository, which may be a stranger's, start no program. `core.fsmonitor` names one; a
 * partial clone fetches objects that are missing, by a protocol that may be a program, too.
 * @see https://git-scm.com/docs/git#Documentation/git.txt-GITALLOWPROTOCOL
 */
export const GIT_ARGS: readonly string[] = ['-c', 'core.fsmonitor=false']

export function gitEnv(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  // GIT_NO_LAZY_FETCH is heeded since Git 2.45, GIT_ALLOW_PROTOCOL always was.
  return { ...env, GIT_LITERAL_PATHSPECS: '1', GIT_NO_LAZY_FETCH: '1', GIT_ALLOW_PROTOCOL: '' }
}
