/** A refusal as it is kept: plain data, with the way of the request through the decision. */
export interface KeptRefusal {
  readonly interaction_id: string
  /** ISO 8601. */
  readonly time: string
  readonly [member: string]: unknown
}

/**
 * The last refusals, in memory: the newest takes the place of the oldest. Each is kept as text, so that it takes little room.
 * A tenth of the limit may come at once, and a hundredth, one at least, in each second from then on: so a flood costs little, and
 * takes a minute and a half to wash away a thousand that were before it.
 */
export class RecentRefusals {
  readonly limit: number
  /** Milliseconds. */
  readonly #clock: () => number
  readonly #kept: { readonly id: string; readonly text: string }[] = []
  #next = 0
  /** How many may come now, at the time of `#at`. */
  #room: number
  #at: number

  constructor(limit: number, clock: () => number = () => performance.now()) {
    this.limit = limit
    this.#clock = clock
    this.#room = Math.ceil(limit / 10)
    this.#at = clock()
  }

  /** `make` is called where there is room for it. */
  keep(make: () => KeptRefusal): void {
    if (!this.#hasRoom()) return
    const refusal = make()
    this.#kept[this.#next] = { id: refusal.interaction_id.toLowerCase(), text: JSON.stringify(refusal) }
    this.#next = (this.#next + 1) % this.limit
  }

  #hasRoom(): boolean {
    const now = this.#clock()
    const filled = this.#room + ((now - this.#at) / 1000) * Math.max(this.limit / 100, 1)
    this.#room = Math.min(filled, Math.ceil(this.limit / 10))
    this.#at = now
    if (this.#room < 1) return false
    this.#room--
    return true
  }

  /** Those with this interaction id, which clients choose, so that several can have it; null: all. The newest first. */
  find(interactionId: string | null): readonly KeptRefusal[] {
    const id = interactionId?.toLowerCase()
    const inOrder = [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)]
    return inOrder
      .filter((each) => id === undefined || each.id === id)
      .reverse()
      .map(({ text }) => JSON.parse(text) as KeptRefusal)
  }
}
