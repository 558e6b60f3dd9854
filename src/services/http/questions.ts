import { reasonOf } from '../../domain/reason.ts'
import { CommonPlaces } from '../common-places.ts'

/** The server is away or turns us away, whatever was asked: worth a pause, for it will do so to the next one too. */
export class Outage extends Error {}

export interface QuestionsOptions {
  /** Most questions under way or waiting for a connection; what is more is not asked. */
  readonly most: number
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
  readonly onFailed: (problem: string) => void
}

/**
 * Questions to one server. All who wait for the same answer share one question; their number is bounded; and after some
 * outages in a row the server is left alone for a second, and then asked by one before all others. While all of them came upon
 * questions for one client, it is that client alone for whom it is not asked: it may have made up what the server fails at.
 */
export class Questions<Answer> {
  readonly #options: QuestionsOptions
  readonly #flights = new Map<string, Promise<Answer | undefined>>()
  /** Of questions under way. */
  readonly #places: CommonPlaces
  #toldFull = Number.NEGATIVE_INFINITY
  #outages = 0
  #lastOutage = 0
  /** For whom they came; null: not for one client alone. */
  #outagesOf: string | null = null

  constructor(options: QuestionsOptions) {
    this.#options = options
    this.#places = new CommonPlaces(options.most)
  }

  /**
   * Resolves to the answer, or undefined where there is none to rely on; never rejects. `key`: who asks under the same one
   * meanwhile gets the same answer; null: an answer that was on its way may be older than the request, so none is shared.
   * `client`: who may make up what is asked about, and so has a share of the places; null: it is not known who.
   */
  ask(
    key: string | null,
    question: () => Promise<Answer>,
    client: string | null = null,
  ): Promise<Answer | undefined> {
    const joined = key === null ? undefined : this.#flights.get(key)
    if (joined !== undefined) return joined
    if (!this.#hasPlaceFor(client) || this.#rests(client)) return Promise.resolve(undefined)
    this.#places.take(client)
    const flight = this.#ask(question, client).finally(() => {
      this.#places.give(client)
      if (key !== null) this.#flights.delete(key)
    })
    if (key !== null) this.#flights.set(key, flight)
    return flight
  }

  async #ask(question: () => Promise<Answer>, client: string | null): Promise<Answer | undefined> {
    try {
      const answer = await question()
      this.#outages = 0
      return answer
    } catch (problem) {
      if (problem instanceof Outage) {
        if (this.#outages++ === 0) this.#outagesOf = client
        else if (this.#outagesOf !== client) this.#outagesOf = null
        this.#lastOutage = this.#options.clock()
      }
      this.#options.onFailed(reasonOf(problem))
      return undefined
    }
  }

  /** Where there is none the log has to say so, as nobody is asked who could be blamed. */
  #hasPlaceFor(client: string | null): boolean {
    const { clock, onFailed } = this.#options
    if (!this.#places.isFullFor(client)) return true
    if (clock() - this.#toldFull >= TELL_EVERY) {
      this.#toldFull = clock()
      onFailed(`not asked: ${this.#places.told('questions are under way or waiting', client)}`)
    }
    return false
  }

  #rests(client: string | null): boolean {
    if (this.#outages < OUTAGES) return false
    if (this.#outagesOf !== null && this.#outagesOf !== client) return false
    return this.#places.taken > 0 || this.#options.clock() - this.#lastOutage < REST
  }
}

/** How many may be under way or wait for each connection to a server. */
export const QUESTIONS_PER_CONNECTION = 16
const OUTAGES = 3
/** Milliseconds, both. */
const TELL_EVERY = 1_000
const REST = 1_000
