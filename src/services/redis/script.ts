import { hash } from 'node:crypto'
import type { RedisConnection } from './connection.ts'

/** A script that a server is told in full only where it does not have it. */
export class RedisScript {
  readonly #text: string
  readonly #sha1: string
  readonly #connection: RedisConnection

  constructor(text: string, connection: RedisConnection) {
    this.#text = text
    this.#sha1 = hash('sha1', text)
    this.#connection = connection
  }

  async run(keys: readonly [string, ...string[]], values: readonly string[]): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...values]
    try {
      return await this.#connection.ask(keys[0], ['EVALSHA', this.#sha1, ...rest])
    } catch (problem) {
      if (!(problem as Error).message.startsWith('NOSCRIPT')) throw problem
      return await this.#connection.ask(keys[0], ['EVAL', this.#text, ...rest])
    }
  }
}
