/**
 * A Code Quality report of GitLab.
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
import { createHash } from 'node:crypto'
import { LOCKFILE_NAME } from '../core/lockfile.ts'
import type { Report } from '../core/report.ts'
import type { Level } from '../core/rules.ts'
import { clean } from './clean.ts'
import { jsonDocument } from './json.ts'
import { problemsOf } from './problems.ts'
import type { Failure, Style, Tool } from './reporter.ts'

const SEVERITIES: Readonly<Record<Level, string>> = { error: 'major', warning: 'minor', note: 'info' }

export async function gitlab(report: Report, _: Style, tool: () => Promise<Tool>): Promise<string> {
  const { folder } = await tool()
  const seen = new Map<string, number>()
  const issues = problemsOf(report)
    .filter(({ accepted }) => accepted === undefined)
    .map(({ code, level, message, next, places: [place] }) => {
      const path = folder + (place?.file ?? LOCKFILE_NAME)
      const what = [code, path, message].join('\0')
      const count = (seen.get(what) ?? 0) + 1
      seen.set(what, count)
      return {
        description: next === undefined ? message : `${message} (${next})`,
        check_name: code,
        // Without the line: a finding that moves stays the same finding.
        fingerprint: fingerprint(`${what}\0${count}`),
        severity: SEVERITIES[level],
        location: { path, lines: { begin: place?.line ?? 1 } },
      }
    })
  return jsonDocument(issues)
}

/** GitLab has no place for errors. Without an entry, the report would look clean. */
export async function gitlabFailure({ error }: Failure, tool: () => Promise<Tool>): Promise<string> {
  const { code, message, hint, place } = clean(error)
  const { folder } = await tool()
  const path = folder + (place?.file ?? LOCKFILE_NAME)
  return jsonDocument([
    {
      description: `dock-lock could not run: ${message}${hint === undefined ? '' : ` (${hint})`}`,
      check_name: code,
      fingerprint: fingerprint([code, path, message].join('\0')),
      severity: 'blocker',
      location: { path, lines: { begin: place?.line ?? 1 } },
    },
  ])
}

function fingerprint(what: string): string {
  return createHash('sha256').update(what).digest('hex')
}
