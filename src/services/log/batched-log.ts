import { type Log, requestLine } from './log.ts'

export interface LogWire {
  /** UTF-8, whole lines; the memory is the other thread's from then on. */
  lines(octets: Uint8Array<ArrayBuffer>): void
  say(level: 'info' | 'warn' | 'error', message: string, fields: object): void
}

/** The log of a thread that does not write itself: lines are gathered for a moment and handed over together, in order. */
export function batchedLog(wire: LogWire): Log {
  let held = Buffer.allocUnsafeSlow(AT_ONCE)
  let length = 0
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (length === 0) return
    // As long as they are: the whole buffer would wait with them for whoever reads the log.
    const lines = new Uint8Array(held.buffer.transfer(length))
    held = Buffer.allocUnsafeSlow(AT_ONCE)
    length = 0
    wire.lines(lines)
  }
  const say =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: object = {}) => {
      flush()
      wire.say(level, message, fields)
    }
  return {
    record: (line) => {
      const text = requestLine(line)
      const most = MOST_A_CHARACTER * text.length
      if (length + most > held.length) flush()
      if (most > held.length) return wire.lines(new TextEncoder().encode(text))
      length += held.write(text, length)
      timer ??= setTimeout(flush, WITHIN)
    },
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    flush,
  }
}

/** Octets. Each time lines change hands two threads trade places on the processor and find its caches cold, so it is seldom. */
const AT_ONCE = 512 * 1024
/** Octets of UTF-8 that one UTF-16 code unit takes. */
const MOST_A_CHARACTER = 3
/** Milliseconds. */
const WITHIN = 100
