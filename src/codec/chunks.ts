import { TOKEN, UNFIT, withoutWhitespace } from './head.ts'

/** A body in chunks, taken apart (RFC 9112 §7.1). Extensions are dropped; they and the trailers are bounded. */
export class Chunks {
  /** Flat, as they came. */
  readonly trailers: string[] = []
  #expects: 'size' | 'data' | 'gap' | 'trailer' | 'nothing' = 'size'
  /** Octets of the chunk that are still to come. */
  #left = 0
  /** The beginning of a line whose end has not come. */
  #line = ''
  #spare = SPARE

  get isWhole(): boolean {
    return this.#expects === 'nothing'
  }

  /**
   * Hands on what is data of `octets`, and returns where the body ends or all was read; undefined where it is malformed. In one part,
   * however many the chunks: each would cost as much as a thousand octets on its way.
   */
  read(octets: Buffer, onData: (part: Buffer) => void): number | undefined {
    const parts: Buffer[] = []
    const end = this.#takeApart(octets, parts)
    if (end !== undefined && parts.length > 0) {
      onData(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts))
    }
    return end
  }

  #takeApart(octets: Buffer, parts: Buffer[]): number | undefined {
    let at = 0
    while (at < octets.length && !this.isWhole) {
      if (this.#expects === 'data') {
        const part = octets.subarray(at, at + this.#left)
        at += part.length
        this.#left -= part.length
        if (this.#left === 0) this.#expects = 'gap'
        parts.push(part)
        continue
      }
      const end = octets.indexOf(LF, at)
      const line = this.#line + octets.toString('latin1', at, end < 0 ? octets.length : end)
      if (line.length > LONGEST_LINE) return undefined
      if (end < 0) {
        this.#line = line
        return octets.length
      }
      this.#line = ''
      at = end + 1
      if (!line.endsWith('\r') || !this.#takes(line.slice(0, -1))) return undefined
    }
    return at
  }

  #takes(line: string): boolean {
    if (this.#expects === 'gap') {
      this.#expects = 'size'
      return line === ''
    }
    if (this.#expects === 'trailer') {
      if (line === '') this.#expects = 'nothing'
      return line === '' || this.#takesTrailer(line)
    }
    const size = SIZE.exec(line)
    if (size === null) return false
    this.#left = Number.parseInt(size[1] as string, 16)
    this.#expects = this.#left === 0 ? 'trailer' : 'data'
    this.#spare -= size[2]?.length ?? 0
    return this.#spare >= 0
  }

  #takesTrailer(line: string): boolean {
    // Not by one expression for name and value: of a line of spaces it could try every way to share them out.
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    this.#spare -= line.length + 2
    if (!TOKEN.test(name) || FRAMES.has(name.toLowerCase()) || UNFIT.test(line)) return false
    this.trailers.push(name, withoutWhitespace(line, colon + 1, line.length))
    return this.#spare >= 0
  }
}

const LF = 0x0a
/** Octets. */
const LONGEST_LINE = 8 * 1024
/** Octets of extensions and trailers in a body. */
const SPARE = 16 * 1024
/** RFC 9112 §7.1.1, without the bad whitespace. */
const SIZE =
  /^([0-9A-Fa-f]{1,8})((?:;[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:=(?:[A-Za-z0-9!#$%&'*+.^_`|~-]+|"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)+)?$/
/** RFC 9110 §6.5.1: never in trailers. Some readers take them for fields of the head all the same. */
const FRAMES: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'trailer',
])
