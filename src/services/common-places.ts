import { tally } from './tally.ts'

/**
 * Places that all clients have in common. None has more than a quarter of them, nor more than are left: so a few that take all they can
 * leave a place for the next.
 */
export class CommonPlaces {
  readonly #most: number
  readonly #taken = new Map<string | null, number>()
  taken = 0

  constructor(most: number) {
    this.#most = most
  }

  takenBy(client: string | null): number {
    return this.#taken.get(client) ?? 0
  }

  /** What there is none of: a place, or one for this client; null: it may take one. `client` null: it is not known who. */
  lacks(client: string | null): 'place' | 'share' | null {
    const left = this.#most - this.taken
    if (left <= 0) return 'place'
    return client !== null && this.takenBy(client) >= Math.min(this.#most / SHARES, left) ? 'share' : null
  }

  take(client: string | null): void {
    this.taken++
    tally(this.#taken, client, 1)
  }

  give(client: string | null): void {
    this.taken--
    tally(this.#taken, client, -1)
  }
}

const SHARES = 4
