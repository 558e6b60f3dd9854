import { closeSync, openSync, readSync } from 'node:fs'
import { type Expected, mark, SAFE, uuidOf } from './marks.ts'

/** What of a request is held against the upstream's journal. */
interface Entry {
  readonly kind: string
  /** May reach the upstream this often: a safe method once more, where a kept connection was found dead. */
  readonly most: number
  /** Requests with the same proof: one of them may pass. */
  readonly group: string | null
  readonly client: string | null
  readonly isKept: boolean
  seen: number
}

export interface Plan {
  readonly kind: string
  readonly method: string
  readonly expected: Expected
  readonly group?: string | null
  /** As the upstream must be told it; null: told nothing, or not looked at. */
  readonly client?: string | null
  /** Evidence is kept of it. */
  readonly isKept?: boolean
}

/** Every request that was sent, what came of each, and whatever must not have been. */
export class Book {
  readonly violations = new Map<string, { count: number; first: string }>()
  /** By kind, how often each outcome. */
  readonly outcomes = new Map<string, Map<string, number>>()
  /** Honest requests, by their UUID, of which the client saw nothing but the end of its connection: the log must have their answer. */
  readonly unseen = new Map<string, string>()
  readonly #entries = new Map<string, Entry>()
  readonly #groups = new Map<string, string>()
  readonly #journals: { readonly file: string; at: number; rest: string }[]

  readonly #say: (text: string) => void

  /** `say` is told of the first violation of each rule at once. */
  constructor(journals: readonly string[], say: (text: string) => void = () => {}) {
    this.#say = say
    this.#journals = journals.map((file) => ({ file, at: 0, rest: '' }))
  }

  /** Enters a request that is about to be sent; its id. */
  enter({ kind, method, expected, group = null, client = null, isKept = false }: Plan): string {
    const id = mark(expected)
    this.#entries.set(id, { kind, most: SAFE.has(method) ? 2 : 1, group, client, isKept, seen: 0 })
    return id
  }

  came(kind: string, outcome: string): void {
    const outcomes = this.outcomes.get(kind) ?? new Map<string, number>()
    this.outcomes.set(kind, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1))
  }

  violated(rule: string, detail: string): void {
    const known = this.violations.get(rule)
    if (known !== undefined) return void known.count++
    this.violations.set(rule, { count: 1, first: detail })
    this.#say(`VIOLATED: ${rule}\n    ${detail}`)
  }

  get sent(): number {
    return this.#entries.size
  }

  /** Reads what the upstreams saw since the last look. */
  readJournals(): void {
    for (const journal of this.#journals) {
      const file = openSync(journal.file, 'a+')
      const chunk = Buffer.alloc(1024 * 1024)
      for (let length = 1; length > 0; journal.at += length) {
        length = readSync(file, chunk, 0, chunk.length, journal.at)
        const lines = (journal.rest + chunk.toString('latin1', 0, length)).split('\n')
        journal.rest = lines.pop() as string
        for (const line of lines) this.#saw(line)
      }
      closeSync(file)
    }
  }

  /** `admitted`: of which the evidence says that they were let through, by their UUIDs. */
  compareEvidence(admitted: ReadonlySet<string>): void {
    for (const uuid of admitted) {
      const refused = this.#entries.get(`refuse-${uuid}`)
      if (refused !== undefined)
        this.violated('evidence of letting through what must be refused', `${refused.kind}: ${uuid}`)
    }
    for (const [id, { kind, isKept, seen }] of this.#entries)
      if (isKept && seen > 0 && !admitted.has(uuidOf(id)))
        this.violated('the upstream saw what there is no evidence of', `${kind}: ${id}`)
  }

  #saw(line: string): void {
    const [id, method, client] = line.split(' ') as [string, string, string]
    const entry = this.#entries.get(id)
    if (entry === undefined) return this.violated('the upstream saw a request that nobody sent', line)
    entry.seen++
    const what = `${entry.kind}: ${line}`
    if (id.startsWith('refuse-')) this.violated('what must be refused reached the upstream', what)
    if (entry.seen > entry.most) this.violated(`a ${method} reached the upstream ${entry.seen} times`, what)
    if (entry.client !== null && entry.client !== client) this.violated("another client's name", what)
    if (entry.group === null) return
    const first = this.#groups.get(entry.group) ?? id
    this.#groups.set(entry.group, first)
    if (first !== id) this.violated('one proof was good for two requests', what)
  }
}
