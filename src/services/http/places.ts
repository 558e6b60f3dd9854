import { Agent } from 'undici'
import { afterNextReading } from '../after-reading.ts'

/**
 * Connections for one question at a time. What a server says beyond its answer undici takes for the answer to whoever asks next on that
 * connection; so before that the system is asked what has come, and undici closes a connection on which it was not asked for anything.
 */
export class Places {
  readonly #open: () => Agent
  readonly #idle: Agent[] = []
  readonly #waiting = new Set<(place: Agent) => void>()
  #left: number

  /** `most` at a time; what is more waits. */
  constructor(options: Omit<Agent.Options, 'connections'>, most: number) {
    this.#open = () => new Agent({ ...options, connections: 1 })
    this.#left = most
  }

  /** Resolves to whatever `use` does; rejects where there was no place before `signal`. */
  async with<T>(signal: AbortSignal, use: (place: Agent) => Promise<T>): Promise<T> {
    const place = await this.#take(signal)
    try {
      await new Promise<void>(afterNextReading)
      return await use(place)
    } finally {
      this.#give(place)
    }
  }

  async #take(signal: AbortSignal): Promise<Agent> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#left > 0) {
      this.#left--
      return this.#open()
    }
    return new Promise((resolve, reject) => {
      this.#waiting.add(resolve)
      signal.addEventListener('abort', () => this.#waiting.delete(resolve) && reject(signal.reason))
    })
  }

  #give(place: Agent): void {
    const [next] = this.#waiting
    if (next === undefined) return void this.#idle.push(place)
    this.#waiting.delete(next)
    next(place)
  }
}
