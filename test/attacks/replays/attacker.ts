import { unixNow } from '../../../src/runtime/clock.ts'
import { NOW } from '../../support/clock.ts'
import type { SpendingWorld } from '../../support/spending-world.ts'
import { type Form, formsOf, type Made, nameOf } from './requests.ts'

/** Somebody who sees every request and sends it again, whole or in part, to each thread. */
export class Attacker {
  readonly #world: SpendingWorld
  /** Seconds: the furthest ahead that anything could be dated until now. */
  #skew: number
  readonly #seen: Form[] = []
  /** When each part of a request passed first. */
  readonly #passed = new Map<string, string>()
  #nonce: string | undefined
  /** Of what kinds something was spent, each as often as it was. */
  readonly spent: string[] = []
  /** What passed and could not have; null: nothing. Told, not thrown: a reload would take it for a fault of its own. */
  twice: string | null = null

  constructor(world: SpendingWorld, skew: number) {
    this.#world = world
    this.#skew = skew
  }

  /** A client makes a request, and the attacker sees it. */
  make(request: Made): void {
    const fresh = this.#world.nonce(request.method)
    const nonce = { none: undefined, fresh, old: this.#nonce }[request.nonce]
    this.#nonce = fresh
    this.#seen.push(...formsOf(request, unixNow(), nonce))
    this.attack(JSON.stringify(request))
  }

  reloaded(skew: number): void {
    this.#skew = Math.max(this.#skew, skew)
  }

  /** Sends all that it has seen. */
  attack(when: string): void {
    for (const form of this.#seen) for (const thread of [0, 1]) this.#send(form, thread, when)
  }

  #send({ facts, parts }: Form, thread: number, when: string): void {
    const spent = this.#world.present(facts, thread)
    if (spent === null) return
    const now = unixNow()
    const told = `by thread ${thread} at ${now - NOW} s: ${when}`
    for (const name of spent.map(nameOf)) {
      this.spent.push(name.split(' ')[0]!)
      const before = this.#passed.get(name)
      if (before !== undefined) this.twice ??= `${name} passed ${told}; before ${before}`
    }
    // Where nobody notes, nobody judges how far ahead it is dated either: such a request is good once more when its time has come.
    if (spent.length === 0 && parts.some(({ madeAt }) => madeAt > now + this.#skew)) return
    for (const { name } of parts) if (!this.#passed.has(name)) this.#passed.set(name, told)
  }
}
