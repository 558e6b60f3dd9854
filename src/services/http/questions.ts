import { reasonOf } from '../../domain/reason.ts'

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
  #underWay = 0
  /** By the client because of whom it is asked. */
  readonly #askedFor = new Map<string | null, number>()
  #toldFull = Number.NEGATIVE_INFINITY
  #outages = 0
  #lastOutage = 0
  /** For whom they came; null: not for one client alone. */
  #outagesOf: string | null = null

  constructor(options: QuestionsOptions) {
    this.#options = options
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
    this.#count(client, 1)
    const flight = this.#ask(question, client).finally(() => {
      this.#count(client, -1)
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
    const { most, clock, onFailed } = this.#options
    const its = this.#askedFor.get(client) ?? 0
    const left = most - this.#underWay
    const isGreedy = client !== null && left > 0 && its >= Math.min(most / SHARES, left)
    if (left > 0 && !isGreedy) return true
    if (clock() - this.#toldFull >= TELL_EVERY) {
      this.#toldFull = clock()
      const full = isGreedy ? `${its} questions of ${client}` : `${this.#underWay} questions`
      onFailed(`not asked, for ${full} are under way or waiting`)
    }
    return false
  }

  #count(client: string | null, change: 1 | -1): void {
    this.#underWay += change
    const asked = (this.#askedFor.get(client) ?? 0) + change
    if (asked === 0) this.#askedFor.delete(client)
    else this.#askedFor.set(client, asked)
  }

  #rests(client: string | null): boolean {
    if (this.#outages < OUTAGES) return false
    if (this.#outagesOf !== null && this.#outagesOf !== client) return false
    return this.#underWay > 0 || this.#options.clock() - this.#lastOutage < REST
  }
}

/** How many may be under way or wait for each connection to a server. */
export const QUESTIONS_PER_CONNECTION = 16
/** One of them is the most that a client has, and never more than there is left: so a few leave a place for the next. */
const SHARES = 4
const OUTAGES = 3
/** Milliseconds, both. */
const TELL_EVERY = 1_000
const REST = 1_000
