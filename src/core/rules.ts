import type { Finding } from './finding.ts'
import type { Notice } from './notice.ts'

/** Each code of a finding is a rule, with a section in docs/rules.md. */
export type RuleCode = Finding['code']

/** `error`: it fails the run. The others are for notices. */
export type Level = 'error' | 'warning' | 'note'

/**
 * The level of each rule, the most important rule first. It is that of a notice; a finding is always an error. `error`: the rule has
 * no notices.
 */
export const RULES: Readonly<Record<RuleCode, Level>> & Readonly<Record<Notice['code'], 'warning' | 'note'>> =
  {
    malformed: 'error',
    conflict: 'error',
    mismatch: 'error',
    unlocked: 'error',
    unpinned: 'error',
    gone: 'error',
    unresolvable: 'error',
    'not-offered': 'error',
    'short-name': 'error',
    unreached: 'error',
    'pull-failed': 'error',
    absent: 'warning',
    'wrong-platform': 'warning',
    incomplete: 'warning',
    'tag-elsewhere': 'warning',
    untagged: 'warning',
    unlabelled: 'warning',
    'cache-only': 'warning',
    'registry-contacted': 'warning',
    unknown: 'warning',
    orphan: 'error',
    moved: 'warning',
    unconfirmed: 'warning',
    outside: 'note',
    'by-tag': 'note',
    local: 'note',
    ahead: 'note',
    merged: 'note',
    'held-back': 'note',
    'not-updated': 'note',
    'tags-not-listed': 'note',
    unchanged: 'note',
    ignored: 'note',
  }

/** All rules, the most important first. */
export const RULE_CODES: readonly RuleCode[] = Object.keys(RULES) as RuleCode[]

/** A rule with its words from docs/rules.md. */
export interface Rule {
  readonly code: RuleCode
  readonly level: Level
  /** One sentence. */
  readonly summary: string
  /** The whole section in Markdown, without its heading. */
  readonly text: string
}
