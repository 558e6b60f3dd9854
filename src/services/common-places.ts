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

  /** Whether there is no place, or none for this client. `client` null: it is not known who. */
  isFullFor(client: string | null): boolean {
    const left = this.#most - this.taken
    return left <= 0 || (client !== null && this.#takenBy(client) >= Math.min(this.#most / SHARES, left))
  }

  /** For the log: how many there are of `what` takes these places, and how many of them are this client's. */
  told(what: string, client: string | null): string {
    const all = `${this.taken} ${what}`
    return client === null ? all : `${all}, ${this.#takenBy(client)} of ${client}`
  }

  take(client: string | null): void {
    this.taken++
    tally(this.#taken, client, 1)
  }

  give(client: string | null): void {
    this.taken--
    tally(this.#taken, client, -1)
  }

  #takenBy(client: string | null): number {
    return this.#taken.get(client) ?? 0
  }
}

const SHARES = 4
