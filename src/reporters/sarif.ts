/**
 * SARIF 2.1.0, for code scanning and editors.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Fix } from '../core/edit.ts'
import { LOCKFILE_NAME } from '../core/lockfile.ts'
import type { Place } from '../core/place.ts'
import type { Report } from '../core/report.ts'
import type { Rule } from '../core/rules.ts'
import { clean } from './clean.ts'
import { jsonDocument } from './json.ts'
import { type Problem, problemsOf } from './problems.ts'
import type { Failure, Style, Tool } from './reporter.ts'

export async function sarif(report: Report, _: Style, tool: () => Promise<Tool>): Promise<string> {
  const about = await tool()
  const { exitCode } = report
  const invocation = { executionSuccessful: exitCode < 2, exitCode }
  return log(
    about,
    invocation,
    problemsOf(report).map(problem => toResult(problem, about)),
  )
}

export async function sarifFailure({ exitCode, error }: Failure, tool: () => Promise<Tool>): Promise<string> {
  const { code, message, hint, place } = clean(error)
  const about = { ...(await tool()), rules: [] }
  const notification = {
    level: 'error',
    descriptor: { id: code },
    message: { text: hint === undefined ? message : `${message}\n${hint}` },
    ...(place !== undefined && { locations: [location(place, about)] }),
  }
  return log(about, { executionSuccessful: false, exitCode, toolExecutionNotifications: [notification] }, [])
}

function log(tool: Tool, invocation: object, results: readonly object[]): string {
  const driver = {
    name: 'dock-lock',
    version: tool.version,
    ...(tool.home !== undefined && { informationUri: tool.home }),
    rules: tool.rules.map(rule => toDescriptor(rule, tool)),
  }
  return jsonDocument({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', invocations: [invocation], results }],
  })
}

function toDescriptor({ code, level, summary, text }: Rule, { home }: Tool): object {
  return {
    id: code,
    shortDescription: { text: summary },
    help: { text: text.replace(/\*\*/g, ''), markdown: text },
    ...(home !== undefined && { helpUri: `${home.replace(/#.*/, '')}/blob/main/docs/rules.md#${code}` }),
    defaultConfiguration: { level },
  }
}

function toResult({ code, level, message, next, places, fix, accepted }: Problem, tool: Tool): object {
  // Code scanning drops results that have no place.
  const [first = { file: LOCKFILE_NAME, line: 1, column: 1 }, ...others] = places
  return {
    ruleId: code,
    ruleIndex: tool.rules.findIndex(rule => rule.code === code),
    level,
    message: { text: next === undefined ? message : `${message}\n→ ${next}` },
    locations: [location(first, tool)],
    ...(others.length > 0 && { relatedLocations: others.map(place => location(place, tool)) }),
    ...(fix !== undefined && { fixes: [toFix(fix, tool)] }),
    ...(accepted !== undefined && { suppressions: [{ kind: 'external', justification: accepted }] }),
  }
}

function location(place: Place, tool: Tool): object {
  return {
    physicalLocation: {
      artifactLocation: artifact(place, tool),
      region: { startLine: place.line, startColumn: place.column },
    },
  }
}

function artifact({ file }: Place, { folder }: Tool): object {
  return { uri: `${folder}${file}`.split('/').map(encodeURIComponent).join('/') }
}

function toFix({ start, end, text }: Fix, tool: Tool): object {
  const deletedRegion = {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.column,
  }
  return {
    description: { text: 'Write the locked digest' },
    artifactChanges: [
      {
        artifactLocation: artifact(start, tool),
        replacements: [{ deletedRegion, insertedContent: { text } }],
      },
    ],
  }
}
