import { execFileSync } from 'node:child_process'

/** A line of the file that the registry knows users by. It takes bcrypt alone, of which perl, a part of every Debian, is capable. */
export function htpasswd(username: string, password: string): string {
  const script = 'print crypt(<STDIN>, q($2y$05$abcdefghijklmnopqrstuu))'
  const hash = execFileSync('perl', ['-e', script], { input: password, encoding: 'utf8' })
  if (!hash.startsWith('$2y$')) throw new Error('perl made no bcrypt')
  return `${username}:${hash}\n`
}
