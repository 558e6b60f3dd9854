import type { TLSSocket } from 'node:tls'
import { openTls } from './wire-client.ts'

/** What came back on a stream: the status (undefined: none), the reset code of stream or connection, the body. */
export interface FrameAnswer {
  readonly status: number | undefined
  /** RFC 9113 §7; undefined where neither RST_STREAM nor GOAWAY with an error came. */
  readonly error: number | undefined
  readonly body: string
}

/**
 * Sends one request as HTTP/2 frames written by hand, which no client library would send: fields as given, in the order
 * given, as literals that need no table (RFC 7541 §6.2.2). `data` ends the stream, where it is given.
 */
export async function sendFrames(
  port: number,
  fields: readonly string[],
  data?: string,
): Promise<FrameAnswer> {
  const socket = await openTls(port, { ALPNProtocols: ['h2'] })
  socket.write(opening())
  const flags = END_HEADERS | (data === undefined ? END_STREAM : 0)
  socket.write(frame(0x1, flags, 1, literals(fields)))
  if (data !== undefined) socket.write(frame(0x0, END_STREAM, 1, Buffer.from(data)))
  const answer = await readAnswer(socket)
  socket.destroy()
  return answer
}

/** What a client sends first (RFC 9113 §3.4), with settings that change nothing; and what it sends behind them. */
export function opening(...frames: readonly Buffer[]): Buffer {
  return Buffer.concat([PREFACE, frame(0x4, 0, 0), ...frames])
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Fields, flat, as literals without indexing and without Huffman coding. */
export function literals(fields: readonly string[]): Buffer {
  return Buffer.concat(
    fields.map((text, at) => Buffer.concat([Buffer.from(at % 2 === 0 ? [0] : []), sized(text)])),
  )
}

/** RFC 7541 §5.2 with the integers of §5.1. */
function sized(text: string): Buffer {
  const octets = Buffer.from(text, 'latin1')
  const length: number[] = []
  if (octets.length < 127) length.push(octets.length)
  else {
    length.push(127)
    let rest = octets.length - 127
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
    length.push(rest)
  }
  return Buffer.concat([Buffer.from(length), octets])
}

interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** Calls back with each frame that comes. */
function onFrames(socket: TLSSocket, callback: (frame: Frame) => void): void {
  let buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk])
    while (buffer.length >= 9 && buffer.length >= 9 + buffer.readUIntBE(0, 3)) {
      const end = 9 + buffer.readUIntBE(0, 3)
      const [type, flags] = [buffer[3] as number, buffer[4] as number]
      callback({ type, flags, stream: buffer.readUInt32BE(5), payload: buffer.subarray(9, end) })
      buffer = buffer.subarray(end)
    }
  })
}

/** What a SETTINGS frame says of the room that each stream has at first, in octets (RFC 9113 §6.5.2). */
export function initialWindow(octets: number): Buffer {
  const payload = Buffer.from([0, 4, 0, 0, 0, 0])
  payload.writeUInt32BE(octets, 2)
  return payload
}

/** RFC 9113 §6.9: room for so many octets more; stream 0: of the connection. */
export function windowUpdate(stream: number, octets: number): Buffer {
  return frame(0x8, 0, stream, word(octets))
}

/** 32 bits. */
export function word(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** What came of a request whose answer is taken slowly. */
export interface SlowReading {
  /** Octets of the body. */
  taken: number
  isReset: boolean
}

/** Asks once, with room for 60,000 octets, and makes room for each part of the answer so many milliseconds after it came. */
export function readSlowly(socket: TLSSocket, head: readonly string[], after: number): SlowReading {
  const reading: SlowReading = { taken: 0, isReset: false }
  onFrames(socket, ({ type, stream, payload }) => {
    reading.isReset ||= type === 0x3
    if (type !== 0x0 || payload.length === 0) return
    reading.taken += payload.length
    setTimeout(() => socket.write(windowUpdate(stream, payload.length)), after)
  })
  const settings = [frame(0x4, 0, 0, initialWindow(60_000)), windowUpdate(0, 1_000_000)]
  socket.write(Buffer.concat([PREFACE, ...settings, frame(0x1, 0x5, 1, literals(head))]))
  return reading
}

function readAnswer(socket: TLSSocket): Promise<FrameAnswer> {
  return new Promise((resolve) => {
    let status: number | undefined
    let error: number | undefined
    let body = ''
    const finish = () => {
      clearTimeout(timer)
      resolve({ status, error, body })
    }
    const timer = setTimeout(finish, PATIENCE)
    socket.once('close', finish)
    onFrames(socket, ({ type, flags, payload }) => {
      if (type === 0x1) status ??= statusOf(payload)
      if (type === 0x0) body += payload.toString()
      if (type === 0x3) error = payload.readUInt32BE(0)
      if (type === 0x7 && payload.readUInt32BE(4) !== 0) error = payload.readUInt32BE(4)
      if ((type === 0x0 || type === 0x1) && flags & END_STREAM) finish()
      if (error !== undefined) finish()
    })
  })
}

/** The first field is `:status`: one of the static table, or a literal under its name (RFC 7541 appendix A). */
function statusOf(block: Buffer): number | undefined {
  const first = block[0] as number
  if (first & 0x80) return STATIC_STATUS[first & 0x7f]
  const huffman = ((block[1] as number) & 0x80) !== 0
  return huffman ? huffmanDigits(block.subarray(2)) : Number(block.subarray(2, 5).toString())
}

/** Three digits in the Huffman code of RFC 7541 appendix B: 5 bits for 0 to 2, 6 for 3 to 9. */
function huffmanDigits(octets: Buffer): number {
  const bits = [...octets.subarray(0, 3)].map((octet) => octet.toString(2).padStart(8, '0')).join('')
  let text = ''
  for (let at = 0; text.length < 3; ) {
    const five = Number.parseInt(bits.slice(at, at + 5), 2)
    if (five <= 2) {
      text += five
      at += 5
    } else {
      text += Number.parseInt(bits.slice(at, at + 6), 2) - 0x19 + 3
      at += 6
    }
  }
  return Number(text)
}

export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
export const END_STREAM = 0x1
export const END_HEADERS = 0x4
const STATIC_STATUS: { readonly [index: number]: number } = {
  8: 200,
  9: 204,
  10: 206,
  11: 304,
  12: 400,
  13: 404,
  14: 500,
}
/** Milliseconds. */
const PATIENCE = 30_000
