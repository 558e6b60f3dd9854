/** A refusal as it is kept: plain data, with the way of the request through the decision. */
export interface KeptRefusal {
  readonly interaction_id: string
  /** ISO 8601. */
  readonly time: string
  readonly [member: string]: unknown
}

/** The last refusals, in memory: the newest takes the place of the oldest. Each is kept as text, so that it takes little room. */
export class RecentRefusals {
  readonly limit: number
  readonly #kept: { readonly id: string; readonly text: string }[] = []
  #next = 0

  constructor(limit: number) {
    this.limit = limit
  }

  keep(refusal: KeptRefusal): void {
    if (this.limit === 0) return
    this.#kept[this.#next] = { id: refusal.interaction_id.toLowerCase(), text: JSON.stringify(refusal) }
    this.#next = (this.#next + 1) % this.limit
  }

  /** The newest first. Clients choose their interaction ids, so several refusals can have the same. */
  find(interactionId: string): readonly KeptRefusal[] {
    const id = interactionId.toLowerCase()
    return this.#newestFirst((each) => each.id === id)
  }

  /** The newest first. */
  all(): readonly KeptRefusal[] {
    return this.#newestFirst(() => true)
  }

  #newestFirst(fits: (each: { readonly id: string }) => boolean): KeptRefusal[] {
    const inOrder = [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)]
    return inOrder
      .filter(fits)
      .reverse()
      .map(({ text }) => JSON.parse(text) as KeptRefusal)
  }
}
