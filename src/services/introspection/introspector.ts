import type { JsonObject } from '../../codec/json.ts'
import type { IntrospectionSource, Memo } from '../../domain/ports.ts'
import { Questions } from '../http/questions.ts'
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
 * so an answer never serves another issuer or another policy.
 */
export class Introspector implements IntrospectionSource {
  readonly #options: IntrospectorOptions
  readonly #questions: Questions<JsonObject>

  constructor(options: IntrospectorOptions) {
    const { questions: most, clock, onAnswer } = options
    this.#options = options
    this.#questions = new Questions({ most, clock, onFailed: (problem) => onAnswer('failed', problem) })
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
    const { question, cache, onAnswer } = this.#options
    return this.#questions.ask(cache > 0 ? hash : null, async () => {
      const members = await question(token)
      this.#remember(hash, members)
      onAnswer(members['active'] === true ? 'active' : 'inactive', null)
      return members
    })
  }

  #remember(hash: string, members: JsonObject): void {
    const { active, inactive, cache, negativeCache, clock } = this.#options
    const isActive = members['active'] === true
    const span = isActive ? cache : negativeCache
    if (span > 0) (isActive ? active : inactive).set(hash, { members, until: clock() + span })
  }
}
