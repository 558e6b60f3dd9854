import { readText } from '../support/source.ts'
import { type Evidence, isMet, type Requirement } from './requirement.ts'

/** What a row claims that is not so: a file that is gone, a test of which no title says so any more. Empty: all holds. */
export function faultsOf(requirement: Requirement): readonly string[] {
  const { id } = requirement
  if (!isMet(requirement)) return requirement.because.length > 20 ? [] : [`${id}: no reason`]
  const checks = [requirement.check].flat()
  const faults = [
    ...(checks.length === 0 ? ['no source makes the check'] : []),
    ...(requirement.tests.length === 0 ? ['no test shows it'] : []),
    ...checks.filter((file) => textOf(file) === undefined).map((file) => `there is no ${file}`),
    ...requirement.tests.flatMap(faultsOfEvidence),
  ]
  return faults.map((fault) => `${id}: ${fault}`)
}

function faultsOfEvidence({ file, title, row, table }: Evidence): readonly string[] {
  const code = codeOf(file)
  if (code === undefined) return [`there is no ${file}`]
  if (title.length < 8 || !titlesOf(code).some((each) => each.includes(title)))
    return [`no test of ${file} says "${title}"`]
  if (row === null) return []
  const rows = table === null ? code : codeOf(table)
  return rows !== undefined && textsOf(rows).includes(row) ? [] : [`${table ?? file} has no row "${row}"`]
}

/** The titles of tests and of groups of tests. Those that are skipped, or still to be written, are none. */
function titlesOf(code: string): readonly string[] {
  return [...code.matchAll(TITLE)].map(([, quoted]) => (quoted as string).slice(1, -1))
}

function textsOf(code: string): readonly string[] {
  return (code.match(TEXT) ?? []).map((quoted) => quoted.slice(1, -1))
}

/** A file without its comments. */
function codeOf(file: string): string | undefined {
  return textOf(file)?.replace(COMMENT_OR_TEXT, (found) => (/^\/[/*]/.test(found) ? '' : found))
}

function textOf(file: string): string | undefined {
  try {
    return readText(file)
  } catch {
    return undefined
  }
}

const QUOTED = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/.source
const TEXT = new RegExp(QUOTED, 'g')
const COMMENT_OR_TEXT = new RegExp(`/\\*[\\s\\S]*?\\*/|//[^\\n]*|${QUOTED}`, 'g')
/** After `it(` and its like, or after the table of `it.each([…])(`. */
const TITLE = new RegExp(`(?:\\b(?:it|describe)(?:\\.concurrent)?\\(|\\)\\()\\s*(${QUOTED})`, 'g')
