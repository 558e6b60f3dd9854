import { hash } from 'node:crypto'
import type { RedisConnection } from './connection.ts'

/**
 * A line of a script, behind `info` with what the server says of its replication: one that follows another may have lost what it was told,
 * and others do not hear of it; it may take writes all the same.
 */
export const FOLLOWS_NONE = `if not string.find(info, 'role:master', 1, true) then return redis.error_reply('READONLY it follows another server') end`

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
