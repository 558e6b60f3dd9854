import type { JsonObject } from '../../codec/json.ts'
import type { IntrospectionSource, Memo } from '../../domain/ports.ts'
import { Outage } from './answer.ts'
import type { Question } from './question.ts'

export interface IntrospectorOptions {
  readonly question: Question
  /** Milliseconds that an answer counts; 0: every request asks for itself. */
  readonly cache: number
  /** Milliseconds that a token counts as not active after it was said to be. */
  readonly negativeCache: number
  /** Most questions under way or waiting for a connection; what is more is not asked. */
  readonly questions: number
  /** Two memories, so that made-up tokens cannot push out good ones. */
  readonly active: Memo<string, Remembered>
  readonly inactive: Memo<string, Remembered>
  /** Milliseconds since some fixed time; never steps back. */
  readonly clock: () => number
  readonly onAnswer: (outcome: 'active' | 'inactive' | 'failed', problem: string | null) => void
}

export interface Remembered {
  readonly members: JsonObject
  /** By the clock. */
  readonly until: number
}

/**
 * What one authorization server says of tokens, asked and remembered. There is one for each entry of the configuration,
 * so an answer never serves another issuer or another policy. All who wait for the same token share one question, unless
 * nothing is to be remembered: an answer that was on its way may be older than the request.
 */
export class Introspector implements IntrospectionSource {
  readonly #options: IntrospectorOptions
  readonly #flights = new Map<string, Promise<JsonObject | undefined>>()
  #underWay = 0
  #outages = 0
  #lastOutage = 0

  constructor(options: IntrospectorOptions) {
    this.#options = options
  }

  recall(hash: string, now: number): JsonObject | undefined {
    const { active, inactive, clock } = this.#options
    const time = clock()
    const kept = inactive.get(hash)
    if (kept !== undefined && kept.until > time) return kept.members
    const held = active.get(hash)
    if (held === undefined || held.until <= time) return undefined
    const { exp } = held.members
    return typeof exp === 'number' && exp <= now ? undefined : held.members
  }

  ask(token: string, hash: string): Promise<JsonObject | undefined> {
    const isShared = this.#options.cache > 0
    const joined = isShared ? this.#flights.get(hash) : undefined
    if (joined !== undefined) return joined
    if (this.#underWay >= this.#options.questions || this.#rests()) return Promise.resolve(undefined)
    this.#underWay++
    const flight = this.#ask(token, hash).finally(() => {
      this.#underWay--
      if (isShared) this.#flights.delete(hash)
    })
    if (isShared) this.#flights.set(hash, flight)
    return flight
  }

  async #ask(token: string, hash: string): Promise<JsonObject | undefined> {
    const { question, onAnswer } = this.#options
    try {
      const members = await question(token)
      this.#outages = 0
      this.#remember(hash, members)
      onAnswer(members['active'] === true ? 'active' : 'inactive', null)
      return members
    } catch (problem) {
      if (problem instanceof Outage) {
        this.#outages++
        this.#lastOutage = this.#options.clock()
      }
      onAnswer('failed', problem instanceof Error ? problem.message : String(problem))
      return undefined
    }
  }

  #remember(hash: string, members: JsonObject): void {
    const { active, inactive, cache, negativeCache, clock } = this.#options
    const isActive = members['active'] === true
    const span = isActive ? cache : negativeCache
    if (span > 0) (isActive ? active : inactive).set(hash, { members, until: clock() + span })
  }

  /** After some outages in a row the server is left alone for a second, and then asked by one before all others. */
  #rests(): boolean {
    if (this.#outages < OUTAGES) return false
    return this.#underWay > 0 || this.#options.clock() - this.#lastOutage < REST
  }
}

const OUTAGES = 3
const REST = 1_000
