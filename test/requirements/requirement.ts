/** Where a test stands: its file, a part of its title (or of the title around it), and of a table of cases the row. */
export interface Evidence {
  readonly file: string
  readonly title: string
  /** A text of the table, whole. */
  readonly row: string | null
  /** The file that holds the table, where it is another. */
  readonly table: string | null
}

interface Stated {
  /** `DPOP-09`: section and number, as in every row of the section. */
  readonly id: string
  /** Where it is asked for; `ours` where no specification does. */
  readonly clause: string
  readonly says: string
}

/** What is met: by which source, shown by which tests. */
export interface Met extends Stated {
  /** Files of the repository. */
  readonly check: string | readonly string[]
  readonly tests: readonly Evidence[]
  /** What is asked for besides and is not met, or met otherwise. */
  readonly lacks?: string
}

/** What is not met, and why: it is nothing that this gateway could do, or it is not built. */
export interface NotMet extends Stated {
  readonly not: 'applicable' | 'built'
  readonly because: string
}

export type Requirement = Met | NotMet

export interface Section {
  readonly name: string
  readonly title: string
  readonly rows: readonly Requirement[]
}

export function isMet(requirement: Requirement): requirement is Met {
  return 'tests' in requirement
}

/** A test by its file under `test/`, without the ending. */
export function at(file: string, title: string, row: string | null = null): Evidence {
  return { file: `test/${file}.test.ts`, title, row, table: null }
}

/** A rung of the ladder of faults: it and all below it are wrong, over HTTP/1.1 and HTTP/2. */
export function rung(what: string): Evidence {
  return {
    ...at('gateway/precedence', '%s, and all that follows, over HTTP/', what),
    table: 'test/gateway/precedence-ladder.ts',
  }
}

/** The test that produces a denial over TLS, HTTP/1.1 and HTTP/2 where both can, by the table that it stands in. */
export function wire(
  table: 'request' | 'token' | 'proof' | 'introspection' | 'signature',
  code: string,
): Evidence {
  return {
    file: 'test/gateway/denials.test.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the title as it is written there
    title: '${each.code} over HTTP/%s',
    row: code,
    table: `test/gateway/denial-cases-${table}.ts`,
  }
}
