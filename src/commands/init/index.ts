import { gitHook } from './git-hook.ts'
import { githubWorkflow } from './github.ts'
import { gitlabJob } from './gitlab.ts'
import { husky } from './husky.ts'
import type { Integration } from './integration.ts'
import { lefthook } from './lefthook.ts'
import { lintStaged } from './lint-staged.ts'
import { preCommit } from './pre-commit.ts'
import { script } from './script.ts'
import { simpleGitHooks } from './simple-git-hooks.ts'

/** What `init` can set up. The first hook that is found is chosen. */
export const integrations: readonly Integration[] = [
  script,
  preCommit,
  husky,
  lefthook,
  simpleGitHooks,
  gitHook,
  lintStaged,
  githubWorkflow,
  gitlabJob,
]
