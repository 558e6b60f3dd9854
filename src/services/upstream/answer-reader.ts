import { Chunks } from '../../codec/chunks.ts'
import { type AnswerHead, parseAnswerHead } from './answer-head.ts'

/** Who takes an answer as it comes. */
export interface AnswerSink {
  /** `fields` flat, names in lower case, values as latin1 text. */
  onHead(status: number, fields: string[]): void
  onData(part: Buffer): void
  /** The answer is whole. */
  onEnd(): void
}

/** Reads one answer from the octets of its connection. Nothing is kept of octets that it was lent. */
export class AnswerReader {
  readonly #method: string
  readonly #sink: AnswerSink
  readonly #endIsSure: boolean
  #head: AnswerHead | null = null
  /** Of a head whose end has not come. */
  #begun: Buffer | null = null
  #chunks: Chunks | null = null
  /** Octets of the body that are still to come, where its length was said. */
  #left = 0
  #interim = 0
  isWhole = false
  /** Whether the connection may carry another request behind this one. */
  persists = false

  /**
   * `endIsSure`: whether the end of the connection is one that the upstream made. Of TLS that is not known (Node does not tell a
   * close_notify from a cut), so there an answer that nothing else ends is not taken (RFC 9112 §9.8).
   */
  constructor(method: string, sink: AnswerSink, endIsSure = true) {
    this.#method = method
    this.#sink = sink
    this.#endIsSure = endIsSure
  }

  /** Whether the final head has come. */
  get hasHead(): boolean {
    return this.#head !== null
  }

  /** Whether anything has come. */
  get hasBegun(): boolean {
    return this.#head !== null || this.#begun !== null || this.#interim > 0
  }

  get keepAlive(): number | null {
    return this.#head?.keepAlive ?? null
  }

  /** Returns what is wrong with the octets, as a sentence; undefined where nothing is. */
  read(octets: Buffer): string | undefined {
    let rest = octets
    while (this.#head === null) {
      const given = this.#begun === null ? rest : Buffer.concat([this.#begun, rest])
      const end = given.indexOf(END_OF_HEAD)
      if (end > LONGEST_HEAD || (end < 0 && given.length >= LONGEST_HEAD + END_OF_HEAD.length))
        return 'the head is too long'
      if (end < 0) {
        if (BARE_LF.test(given.toString('latin1'))) return 'the head is malformed'
        this.#begun = Buffer.from(given)
        return undefined
      }
      this.#begun = null
      const head = parseAnswerHead(given.subarray(0, end), this.#method)
      if (head === undefined) return 'the head is malformed'
      const fault = this.#begin(head)
      if (fault !== undefined) return fault
      rest = given.subarray(end + END_OF_HEAD.length)
      if (rest.length === 0) return undefined
    }
    return this.#body(rest)
  }

  /** The upstream has ended the connection. Returns whether that made the answer whole (RFC 9112 §6.3(8)). */
  close(): boolean {
    if (this.#head?.framing !== 'connection' || this.isWhole) return this.isWhole
    this.#end()
    return true
  }

  #begin(head: AnswerHead): string | undefined {
    if (head.status === 101) return 'the upstream switched protocols unasked'
    if (head.status < 200) {
      // RFC 9110 §15.2: interim answers are the upstream's affair with us.
      // One that ends the connection, or has a body, is as good as final: what follows is an answer to nothing.
      if (!head.persists) return 'an interim answer that nothing may follow'
      return ++this.#interim > INTERIM_AT_MOST ? 'too many interim answers' : undefined
    }
    if (head.framing === 'connection' && !this.#endIsSure) return 'neither length nor chunks, over TLS'
    this.#head = head
    this.persists = head.persists
    if (typeof head.framing === 'number') this.#left = head.framing
    if (head.framing === 'chunked') this.#chunks = new Chunks()
    this.#sink.onHead(head.status, head.fields)
    if (head.framing === 0) this.#end()
    return undefined
  }

  #body(octets: Buffer): string | undefined {
    if (this.isWhole) {
      // More than was announced is no answer of ours; nobody must take it for one.
      this.persists = false
    } else if (this.#chunks !== null) {
      const end = this.#chunks.read(octets, this.#hand)
      if (end === undefined) return 'the chunks are malformed'
      if (end < octets.length) this.persists = false
      if (this.#chunks.isWhole) this.#end()
    } else if (this.#head?.framing === 'connection') {
      this.#hand(octets)
    } else {
      const part = octets.length > this.#left ? octets.subarray(0, this.#left) : octets
      if (part.length < octets.length) this.persists = false
      this.#left -= part.length
      this.#hand(part)
      if (this.#left === 0) this.#end()
    }
    return undefined
  }

  readonly #hand = (part: Buffer): void => {
    this.#sink.onData(Buffer.from(part))
  }

  #end(): void {
    this.isWhole = true
    this.#sink.onEnd()
  }
}

const END_OF_HEAD = '\r\n\r\n'
const BARE_LF = /(?<!\r)\n/
/** Octets, the empty line left out. */
const LONGEST_HEAD = 16 * 1024
const INTERIM_AT_MOST = 16
