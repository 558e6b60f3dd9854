/** Where a value stands in the document: `['routes', 2, 'require', 'scope']`. */
export type Path = readonly (string | number)[]

/** A position in the configuration file; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Finds the place of a value, or of its key. A path that does not exist is placed at its nearest existing ancestor. */
export type Locate = (path: Path, part?: 'key' | 'value') => Place

/** What a rule objects to. `found` and `expected` are noun phrases, `hint` a clause such as "did you mean `scope`?". */
export interface Fault {
  readonly path: Path
  readonly found: string
  readonly expected: string
  readonly hint?: string
  /** Points at the key instead of the value, where the key itself is the fault. */
  readonly part?: 'key'
}

/** A fault with its place, ready for a person to read. `path` is dotted: `routes[2].require.scope`. */
export interface Problem extends Place {
  readonly path: string
  readonly found: string
  readonly expected: string
  readonly hint?: string
}

/** A configuration that cannot be used, with every reason at once. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'))
    this.name = 'ConfigError'
    this.problems = [...problems].sort(byPlace)
  }

  /** One line a problem: `gateway.yaml:41:12 routes[2].require.scope: expected a scope or a list of them, found 7`. */
  report(): string {
    return this.problems.map(problemLine).join('\n')
  }
}

/** Gives a fault its place. Later stages use it too: a PEM that does not parse is a problem at the key that names it. */
export function configProblem(locate: Locate, fault: Fault): Problem {
  const { path, part, found, expected, hint } = fault
  return {
    ...locate(path, part),
    path: pathText(path),
    found,
    expected,
    ...(hint === undefined ? {} : { hint }),
  }
}

/** Throws ConfigError with every fault, where there is any. */
export function refuseFaults(faults: Iterable<Fault>, locate: Locate): void {
  const problems = Array.from(faults, (fault) => configProblem(locate, fault))
  if (problems.length > 0) throw new ConfigError(problems)
}

/** What an operator should know of a value that can be used: a sentence without its end. */
export interface Notice {
  readonly path: Path
  readonly says: string
}

/** `routes[2].danger_public: no credential is asked for on this route`. */
export function noticeText({ path, says }: Notice): string {
  return `${pathText(path)}: ${says}`
}

/** The same behind its place, for a person with the file before them: `gateway.yaml:41:7 notice: routes[2].danger_public: …`. */
export function placedNotice(locate: Locate, notice: Notice): string {
  const { file, line, column } = locate(notice.path)
  return `${file}:${line}:${column} notice: ${noticeText(notice)}`
}

/** Reading order. */
export function byPlace(left: Place, right: Place): number {
  return left.line - right.line || left.column - right.column
}

/** `routes[2].require.scope`; keys that are not plain words are quoted. */
export function pathText(path: Path): string {
  return path.map(stepText).join('')
}

/** What stands there, short and on one line; never the content of a mapping, of a list or of a secret. */
export function foundText(value: unknown, path: Path): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (path.some((step) => SECRET.test(String(step)))) return 'a value that is not shown'
  const text = typeof value === 'string' ? value.replace(USERINFO, '…@').replace(PASSWORD, '$1…') : value
  return shorten(typeof text === 'string' ? quoted(text) : String(text))
}

function problemLine({ file, line, column, path, found, expected, hint }: Problem): string {
  const subject = path === '' ? '' : ` ${path}`
  const tail = hint === undefined ? '' : `; ${hint}`
  return `${file}:${line}:${column}${subject}: expected ${expected}, found ${found}${tail}`
}

function stepText(step: string | number, index: number): string {
  if (typeof step === 'number') return `[${step}]`
  if (!PLAIN_KEY.test(step)) return `[${shorten(quoted(step))}]`
  return index === 0 ? step : `.${step}`
}

/** Blanks of other kinds and what has no width, as word processors leave them, look like nothing: they are told by their numbers. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    UNSEEN,
    (character) => `\\u{${character.codePointAt(0)!.toString(16).padStart(4, '0')}}`,
  )
}

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`
}

const UNSEEN = /(?! )[\p{Z}\p{C}]/gu
const PLAIN_KEY = /^[A-Za-z0-9_-]+$/
const SECRET = /secret$/i
/** A URL, or a host and port, may carry a password before its host; and who knows no better puts it into the query. */
const USERINFO = /(?<=\/\/)[^@\s]*@|^[^@\s/]*@/g
const PASSWORD = /([?&][^=&\s]*(?:pass|pwd|secret|auth)[^=&\s]*=)[^&\s]*/gi
const LONGEST = 60
