import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { openTls } from '../support/wire-client.ts'
import {
  END_HEADERS,
  END_STREAM,
  frame,
  initialWindow,
  literals,
  PREFACE,
  windowUpdate,
  word,
} from '../support/wire-h2.ts'
import { CLIENTS, drawn, hasBody, LARGEST_BODY, moodyRequest, openMoody } from '../support/wire-moody.ts'
import { HOST } from '../support/wire-tokens.ts'

const { rounds, random } = drawn(2, 20261128)
const { gateway, upstream, bugs, left, unrecorded, stop } = await openMoody(random)
afterAll(stop)

/**
 * Clients that send frames in any order, well formed or not, take answers or do not, and leave at any moment, to an upstream that answers,
 * breaks off or keeps silent at any moment. Each request is recorded, once; none that may not be repeated reaches the upstream twice; and
 * nothing is left of any.
 */
describe('whatever a client of HTTP/2 does, and whenever', () => {
  it('nothing is left', async () => {
    for (let round = 0; round < rounds; round++) {
      // Who is connected then is let go once what is under way has its answer.
      if (round % 2 === 1) setTimeout(() => gateway.renew({ clientCa: [String(round)] }), random.below(200))
      await Promise.all(Array.from({ length: CLIENTS }, () => client(gateway.port)))
      expect(bugs).toEqual([])
    }
    await expect.poll(left).toEqual([0, 0, 0])
    expect(unrecorded([])).toEqual([])
    const changed = upstream.seen.filter(({ method }) => hasBody(method)).map(({ target }) => target)
    expect(new Set(changed).size).toBe(changed.length)
    // A generator of requests that all fail alike would show nothing.
    const statuses = gateway.records.map(({ status }) => status)
    expect(statuses).toEqual(expect.arrayContaining([200, 400, 401, 404]))
  }, 600_000)
})

/** One connection, until it is closed from either side. */
async function client(port: number): Promise<void> {
  const socket = await openTls(port, { ALPNProtocols: ['h2'] }).catch(() => null)
  if (socket === null) return
  const session = new Frames()
  if (random.below(5) < 3) socket.resume()
  socket.write(Buffer.concat([PREFACE, frame(SETTINGS, 0, 0, initialWindow(random.pick(WINDOWS)))]))
  for (let left = 1 + random.below(12); left > 0 && !socket.destroyed; left--) {
    const frames = Array.from({ length: 1 + random.below(4) }, () => session.next())
    const octets = Buffer.concat(frames)
    const cut = random.below(8) === 0 ? random.below(octets.length + 1) : octets.length
    socket.write(octets.subarray(0, cut))
    if (cut < octets.length) break
    if (random.below(3) === 0) await wait(random.below(12))
    if (random.below(20) === 0) await wait(random.below(400))
  }
  if (!session.isWild) await wait(random.below(150))
  const leaves = random.pick(['destroy', 'end', 'silent', 'reads'] as const)
  if (leaves === 'destroy' || leaves === 'end') socket[leaves]()
  if (leaves === 'reads') socket.resume()
  // What is not read keeps the end from being seen.
  if (leaves === 'silent' || leaves === 'end') setTimeout(() => socket.resume(), 3_000 + random.below(3_000))
  await expect.poll(() => socket.closed, { message: `hangs, and ${leaves}` }).toBe(true)
}

/** What a client sends next, one or several frames. Of three clients one is wild, and keeps to no rule. */
class Frames {
  readonly isWild = random.below(3) === 0
  #stream = -1
  readonly #open: number[] = []

  next(): Buffer {
    const of = random.below(this.isWild ? 100 : 74)
    if (of < 44 || this.#open.length === 0) return this.#request()
    const stream = this.#any()
    if (of < 50) return frame(RST_STREAM, 0, stream, word(random.pick([0, 1, 2, 5, 7, 8, 11])))
    if (of < 60) return windowUpdate(random.pick([0, stream]), random.pick([1, 1_000, 100_000]))
    if (of < 67) return frame(SETTINGS, 0, 0, initialWindow(random.pick(WINDOWS)))
    if (of < 74) return Buffer.concat(Array.from({ length: 10 }, () => frame(PING, 0, 0, Buffer.alloc(8))))
    if (of < 82) return frame(DATA, random.below(2), stream, Buffer.alloc(random.pick(SIZES)))
    if (of < 88) return frame(HEADERS, END_STREAM | END_HEADERS, stream, literals(['x-trailer', 'y']))
    if (of < 91) return frame(PRIORITY, 0, stream, Buffer.concat([word(this.#any()), Buffer.from([16])]))
    if (of < 94) return frame(GOAWAY, 0, 0, Buffer.concat([word(0), word(random.pick([0, 0, 2, 11]))]))
    if (of < 97) return this.#headOf(literals([':method', 'GET', ':path', '/open/x']))
    return random.pick(BREACHES)(stream)
  }

  /** A head, and as much of its body as comes at once. */
  #request(): Buffer {
    const { method, path, fields, body } = moodyRequest(random, this.isWild ? LARGEST_BODY : WINDOW)
    const pseudo = [':method', method, ':scheme', 'https', ':path', path, ':authority', HOST]
    const expects = random.below(8) === 0 ? ['expect', '100-continue'] : []
    const length = random.below(3) === 0 && hasBody(method) ? ['content-length', String(body.length)] : []
    const lower = fields.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text))
    const endsHere = !hasBody(method) && random.below(9) > 0
    const block = literals([...pseudo, ...lower, ...expects, ...length])
    const frames = [this.#headOf(block, endsHere)]
    const octets = Buffer.from(body)
    const stops = random.below(3) === 0 ? random.below(octets.length + 1) : octets.length
    for (let at = 0; at < stops && hasBody(method); at += LARGEST) {
      const end = Math.min(at + LARGEST, stops)
      const isLast = end === octets.length && random.below(6) > 0
      frames.push(frame(DATA, isLast ? END_STREAM : 0, this.#stream, octets.subarray(at, end)))
    }
    return Buffer.concat(frames)
  }

  #headOf(block: Buffer, endsHere = true): Buffer {
    this.#stream += 2
    this.#open.push(this.#stream)
    const ends = endsHere ? END_STREAM : 0
    if (random.below(6) > 0) return frame(HEADERS, END_HEADERS | ends, this.#stream, block)
    const half = block.length >> 1
    const rest = frame(CONTINUATION, END_HEADERS, this.#stream, block.subarray(half))
    return Buffer.concat([frame(HEADERS, ends, this.#stream, block.subarray(0, half)), rest])
  }

  #any(): number {
    return this.isWild && random.below(12) === 0 ? this.#stream + 2 : random.pick(this.#open)
  }
}

const [DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS] = [0x0, 0x1, 0x2, 0x3, 0x4]
const [PING, GOAWAY, CONTINUATION] = [0x6, 0x7, 0x9]
/** Octets. */
const LARGEST = 16_384
/** What may be sent unasked on each stream (RFC 9113 §6.9.2). */
const WINDOW = 65_535
const SIZES = [0, 1, 1_000, LARGEST]
const WINDOWS = [0, 1, 100, WINDOW, 1_000_000, 2 ** 31 - 1]
/** RFC 9113: each of these ends the connection. */
const BREACHES: readonly ((stream: number) => Buffer)[] = [
  () => frame(DATA, 0, 0, Buffer.from('x')),
  (stream) => frame(CONTINUATION, END_HEADERS, stream, literals(['x', 'y'])),
  (stream) =>
    frame(HEADERS, END_HEADERS | END_STREAM, stream + 100, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff])),
  () => Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]),
  (stream) => windowUpdate(stream, 0),
]
