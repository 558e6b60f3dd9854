import { Line } from './line.ts'

/**
 * What waits for its turn. The client is next that holds the fewest already, so that one whose calls take long does not keep those of others
 * waiting for each of them; clients that hold as many take turns, and what is of one client goes in the order in which it came.
 */
export class FairQueue<Item extends object> {
  readonly #clientOf: (item: Item) => string
  /** Whose turn is next comes first. None is empty. */
  readonly #lines = new Map<string, Line<Item>>()
  #size = 0

  constructor(clientOf: (item: Item) => string) {
    this.#clientOf = clientOf
  }

  get size(): number {
    return this.#size
  }

  /** Those that wait. */
  get clients(): readonly string[] {
    return [...this.#lines.keys()]
  }

  sizeFor(client: string): number {
    return this.#lines.get(client)?.size ?? 0
  }

  /** Whether a client has an equal part of all that waits, or more. */
  hasItsPart(client: string): boolean {
    return this.sizeFor(client) * this.#lines.size >= this.#size
  }

  add(item: Item): void {
    const client = this.#clientOf(item)
    const line = this.#lines.get(client) ?? new Line()
    this.#lines.set(client, line)
    line.add(item)
    this.#size++
  }

  /** `held`: how much each client holds. */
  take(held: ReadonlyMap<string | null, number> = NOTHING): Item | undefined {
    let client: string | undefined
    let fewest = Number.POSITIVE_INFINITY
    for (const each of this.#lines.keys()) {
      const its = held.get(each) ?? 0
      if (its >= fewest) continue
      fewest = its
      client = each
      if (its === 0) break
    }
    if (client === undefined) return undefined
    const line = this.#lines.get(client) as Line<Item>
    this.#lines.delete(client)
    if (line.size > 1) this.#lines.set(client, line)
    this.#size--
    return line.take()
  }

  remove(item: Item): void {
    const client = this.#clientOf(item)
    const line = this.#lines.get(client)
    if (line === undefined) return
    this.#size -= line.size
    line.remove(item)
    this.#size += line.size
    if (line.size === 0) this.#lines.delete(client)
  }

  /** Takes out those that have waited too long, where who came first is too late first. */
  takeLate(isLate: (item: Item) => boolean): readonly Item[] {
    const late: Item[] = []
    for (const line of this.#lines.values())
      for (let item = line.peek(); item !== undefined && isLate(item); item = line.peek()) {
        late.push(item)
        this.remove(item)
      }
    return late
  }
}

const NOTHING: ReadonlyMap<string, number> = new Map()
