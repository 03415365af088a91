/** Why there is no file to read under a name in the project. The words are here because errors and reporters share them. */

/** What is there instead of a regular file inside the project. */
export type IrregularFile =
  | 'directory'
  | 'fifo'
  | 'socket'
  | 'device'
  | 'symbolic-link'
  | 'submodule'
  | 'link-outside'
  | 'link-to-nothing'
  | 'link-to-itself'
  | 'link-in-loop'
  | 'link-not-staged'

/** Why a regular file cannot be read. `system`: the message is that of the system. */
export type UnreadableFile =
  | { readonly code: 'too-large'; readonly limit: number }
  | { readonly code: 'not-fetched' }
  | { readonly code: 'system'; readonly message: string }

export type FileProblem =
  | { readonly kind: 'missing' }
  | { readonly kind: 'irregular'; readonly irregular: IrregularFile }
  | { readonly kind: 'unreadable'; readonly unreadable: UnreadableFile }

export function irregularWords(irregular: IrregularFile): string {
  switch (irregular) {
    case 'directory':
    case 'fifo':
    case 'socket':
    case 'device':
    case 'submodule':
      return `it is a ${irregular}, not a regular file`
    case 'symbolic-link':
      return 'it is a symbolic link, not a regular file'
    case 'link-outside':
      return 'it is a symbolic link to outside the project'
    case 'link-to-nothing':
      return 'it is a symbolic link to a file that does not exist'
    case 'link-to-itself':
      return 'it is a symbolic link that points back to itself'
    case 'link-in-loop':
      return 'it is a symbolic link in a loop'
    case 'link-not-staged':
      return 'it is a symbolic link to a file that the index does not have'
  }
}

const MIB = 1 << 20

/** What is wrong, starting with "it", and the next step. */
export function fileProblemWords(problem: FileProblem): { readonly reason: string; readonly hint: string } {
  if (problem.kind === 'missing') return { reason: 'it does not exist', hint: 'Check the spelling' }
  if (problem.kind === 'irregular') {
    const { irregular } = problem
    return {
      reason: irregularWords(irregular),
      hint:
        irregular === 'link-outside'
          ? 'Replace it with a file, or run dock-lock in the folder that it points to'
          : 'Replace it with a regular file that you may read',
    }
  }
  const { unreadable } = problem
  switch (unreadable.code) {
    case 'too-large': {
      const { limit } = unreadable
      const size = limit >= MIB ? `${limit / MIB} MiB` : `${limit} bytes`
      return {
        reason: `it is larger than ${size}, the limit of dock-lock`,
        hint: 'Make it smaller, then run dock-lock again',
      }
    }
    case 'not-fetched':
      return {
        reason: 'it is staged, but git does not have its content',
        hint: 'Fetch it, as by: git checkout-index --all; then check again',
      }
    case 'system':
      return {
        reason: unreadable.message,
        hint: 'Check the file and its permissions, then run dock-lock again',
      }
  }
}

/** The words for a build whose Dockerfile is not there. */
export function dockerfileWords(dockerfile: string, isMissing: boolean): string {
  return `its Dockerfile ${dockerfile} ${isMissing ? 'does not exist' : 'cannot be read'}`
}
