/** A question to a person, answered from a list. */

/**
 * The values that a person selects. `diff`: what the selected choices change, shown before the question.
 * @throws DockLockError `interrupted`
 */
export type Choose = (
  question: string,
  groups: readonly ChoiceGroup[],
  diff?: string,
) => Promise<readonly string[]>

export interface ChoiceGroup {
  readonly title: string
  readonly choices: readonly {
    readonly value: string
    readonly label: string
    readonly hint?: string
    readonly isSelected: boolean
  }[]
}
