import { type Log, requestLine } from './log.ts'

export interface LogWire {
  lines(text: string): void
  say(level: 'info' | 'warn' | 'error', message: string, fields: object): void
}

/** The log of a thread that does not write itself: lines are gathered for a moment and handed over together, in order. */
export function batchedLog(wire: LogWire): Log {
  let held = ''
  let timer: NodeJS.Timeout | null = null
  const flush = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (held === '') return
    const text = held
    held = ''
    wire.lines(text)
  }
  const say =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: object = {}) => {
      flush()
      wire.say(level, message, fields)
    }
  const write = (text: string) => {
    held += text
    if (held.length >= AT_ONCE) flush()
    else timer ??= setTimeout(flush, WITHIN)
  }
  return {
    record: (line) => write(requestLine(line)),
    write,
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    flush,
  }
}

/** Characters. */
const AT_ONCE = 32_768
/** Milliseconds. */
const WITHIN = 50
