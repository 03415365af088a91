/** The man page, made from the tables of commands and options. Only the build uses it. */
import { commands } from '../commands/index.ts'
import { COMMON, type OptionName, options } from '../commands/options.ts'
import { EXIT_CODES } from './help.ts'

/** dock-lock(1), for `version`. @see man(7), groff_man(7) */
export function manPage(version: string): string {
  const lines = [
    `.TH DOCK\\-LOCK 1 "" ${quoted(`dock-lock ${version}`)} "User Commands"`,
    // Neither hyphens nor wide gaps: names of options are long.
    '.nh',
    '.ad l',
    '.SH NAME',
    `${escaped('dock-lock')} \\- lock image tags to digests, so that docker builds need no registry`,
    '.SH SYNOPSIS',
    '.B dock\\-lock',
    `.RI [ COMMAND "] [" OPTIONS "] [" PATH ${quoted(escaped('…]'))}`,
    '.SH DESCRIPTION',
    ...paragraph(
      'PATH is a Dockerfile or a folder. Default: all Dockerfiles of the project. Without COMMAND, dock-lock runs lock.',
    ),
    '.SH COMMANDS',
    ...Object.entries(commands).flatMap(([name, entry]) => [
      `.SS ${quoted(escaped(`dock-lock ${name}${entry.operands === undefined ? '' : ` ${entry.operands}`}`))}`,
      ...paragraph(`${sentence(entry.summary)}.`),
      ...entry.details.flatMap(text => ['.PP', ...paragraph(text)]),
      ...(entry.options.length === 0
        ? []
        : ['.PP', ...paragraph(`Options: ${entry.options.map(one => `--${one}`).join(', ')}.`)]),
    ]),
    '.SH OPTIONS',
    ...paragraph(`Every command takes ${COMMON.map(one => `--${one}`).join(', ')}${exceptions()}.`),
    ...(Object.keys(options) as OptionName[]).flatMap(option),
    '.SH EXIT STATUS',
    ...exitCodes(),
    '.SH FILES',
    ...item('docker-images.lock', 'The lockfile. Commit it.'),
    ...item('.dock-lock.yaml', 'The config of the project.'),
    ...item('~/.config/dock-lock/config.yaml', 'The config of the user.'),
  ]
  return `${lines.join('\n')}\n`
}

function exceptions(): string {
  const names = Object.keys(commands).filter(name => commands[name]?.onlyText !== undefined)
  return `; ${names.join(' and ')} ${names.length === 1 ? 'takes' : 'take'} no --json`
}

function option(name: OptionName): readonly string[] {
  const { short, value, help } = options[name]
  const written = short === undefined ? `--${name}` : `-${short}, --${name}`
  return item(value === undefined ? written : `${written} ${value}`, `${sentence(help)}.`)
}

function exitCodes(): readonly string[] {
  return [...EXIT_CODES.matchAll(/^ +(\d+) +(.+)$/gm)].flatMap(([, code = '', meaning = '']) =>
    item(code, `${sentence(meaning)}.`),
  )
}

function item(term: string, text: string): readonly string[] {
  return ['.TP', `.B ${escaped(term)}`, ...paragraph(text)]
}

/** A sentence on each line, as groff then knows where it ends. */
function paragraph(text: string): readonly string[] {
  return text.split(/(?<=\.) (?=[A-Z])/).map(escaped)
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\(dq')}"`
}

/** As groff prints it, also without knowing the encoding. A line must not begin like a request. */
function escaped(text: string): string {
  const safe = text
    .replaceAll('\\', '\\e')
    // Not every device has this character, nor groff another for it.
    .replaceAll('…', '...')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replace(
      /[^\n -~]/gu,
      one => `\\[u${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
  return safe.startsWith('.') ? `\\&${safe}` : safe
}
